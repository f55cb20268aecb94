//! `blockcast serve`: the server, with what a person needs to get in.

use super::files::Blocks;
use super::{Exit, print, runtime};
use crate::access::Link;
use crate::app::{App, AppError};
use crate::config::{Config, ConfigError, Flags};
use crate::flow::BlockSet;
use crate::limits;
use crate::model::Credentials;
use crate::server::{self, ServeError};
use std::io::IsTerminal;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Serve the messaging API and the page with the virtual phones.
///
/// The first start makes an application and prints its id, API key and admin token
/// once. Set `BLOCKCAST_APP_ID`, `BLOCKCAST_API_KEY` and `BLOCKCAST_ADMIN_TOKEN` to choose them.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Address to listen on, HOST:PORT; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Data folder, made when it isn't there [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "BLOCKCAST_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    blocks: Blocks,
}

/// Why `serve` ended with an error.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error("can't listen on `{address}`: {source}; choose another address with `--listen`")]
    Listen { address: String, source: std::io::Error },
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("can't catch signals: {0}")]
    Signals(#[from] std::io::Error),
}

/// Serves until SIGINT or SIGTERM. An orderly stop is [`Exit::Done`].
pub(super) fn main(args: Args) -> Exit {
    start_log();
    let blocks = match args.blocks.load() {
        Ok(blocks) => blocks,
        Err(exit) => return exit,
    };
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.thread_stack_size(limits::RUN_THREAD_STACK);
    match runtime::wait_on(&mut threads, serve(args, blocks)) {
        Ok(Ok(())) => Exit::Done,
        Err(exit) => exit,
        Ok(Err(failure)) => {
            print::error(format_args!("error: {failure}"));
            match failure {
                Failure::Config(_) => Exit::Invalid,
                _ => Exit::Failed,
            }
        }
    }
}

async fn serve(args: Args, blocks: BlockSet) -> Result<(), Failure> {
    let flags = Flags { listen: args.listen, data: args.data };
    let environment = |name: &str| std::env::var(name).ok();
    let config = Config::load(args.config.as_deref(), environment, flags)?;
    let app = App::open(&config).await?.with_blocks(blocks);
    if !cfg!(debug_assertions) {
        // Not optimised it takes long, and trials start many servers.
        app.automation.wake();
    }
    let listener = TcpListener::bind(&config.listen)
        .await
        .map_err(|source| Failure::Listen { address: config.listen.clone(), source })?;
    let url = server::local_url(listener.local_addr()?);
    // Caught from here on: whoever reads the lines below may stop us at once.
    let shutdown = shutdown_signal()?;
    // Before anybody reads that we listen: command lines look there.
    app.announce(&url)?;
    let link = match app.first_start() {
        Some(_) => Some(app.gate.make_link().await.map_err(AppError::from)?),
        None => None,
    };
    greet(&url, app.first_start().zip(link.as_ref()), &config);
    server::serve(app, listener, shutdown).await?;
    Ok(())
}

fn greet(url: &str, first: Option<(&Credentials, &Link)>, config: &Config) {
    print::line(format_args!("listening on {url}"));
    if let Some((Credentials { app_id, api_key, admin_token }, link)) = first {
        let (app, key) = (server::escaped(app_id.as_str()), server::escaped(api_key));
        print::line(format_args!("app id: {app_id}"));
        print::line(format_args!("API key: {api_key}"));
        print::line(format_args!("admin token: {admin_token}"));
        print::line("keep them: they are printed this once");
        let page = config.public_url.as_deref().unwrap_or(url);
        print::line(format_args!("sign in, once: {page}/#sign-in={}", link.token));
        print::line(format_args!("the phones alone: {page}/#app={app}&key={key}"));
    } else {
        let data = config.data.clone().unwrap_or_default();
        let file = data.join("client.json");
        print::line(format_args!("open {url}/ (app id and API key: in {})", file.display()));
        print::line(format_args!(
            "to sign a browser in: blockcast link --data {} --token TOKEN, the admin token that the \
             first start printed",
            data.display()
        ));
    }
}

/// Ready when the process is asked to stop: SIGINT (Ctrl-C) or SIGTERM.
#[cfg(unix)]
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when the process is asked to stop by Ctrl-C.
#[cfg(not(unix))]
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Warnings and errors on stderr; `RUST_LOG` says what else.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // Fails only when somebody has started one already, and that is fine.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
}
