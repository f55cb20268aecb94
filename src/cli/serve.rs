//! `blockcast serve`: the server, with what a person needs to get in.

use crate::app::{App, AppError};
use crate::config::{Config, ConfigError, Flags};
use crate::model::Credentials;
use crate::server::{self, ServeError};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;

/// Serve the messaging API and the page with the virtual phones.
///
/// The first start makes an application and prints its id, API key and admin token
/// once. Set `BLOCKCAST_APP_ID`, `BLOCKCAST_API_KEY` and `BLOCKCAST_ADMIN_TOKEN` to choose them.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on, HOST:PORT; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Data folder, made when it isn't there [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "BLOCKCAST_CONFIG")]
    pub config: Option<PathBuf>,
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
    #[error("can't print: {0}")]
    Print(#[from] std::io::Error),
}

/// Serves until SIGINT or SIGTERM. Exit code 0 after an orderly stop, 1 on an error.
pub async fn run(args: ServeArgs) -> ExitCode {
    start_log();
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to do when stderr is closed.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let flags = Flags { listen: args.listen, data: args.data };
    let environment = |name: &str| std::env::var(name).ok();
    let config = Config::load(args.config.as_deref(), environment, flags)?;
    let app = App::open(&config).await?;
    let listener = TcpListener::bind(&config.listen)
        .await
        .map_err(|source| Failure::Listen { address: config.listen.clone(), source })?;
    let url = server::local_url(listener.local_addr()?);
    // Caught from here on: whoever reads the lines below may stop us at once.
    let shutdown = shutdown_signal()?;
    greet(&url, app.first_start(), &config)?;
    server::serve(app, listener, shutdown).await?;
    Ok(())
}

fn greet(url: &str, first: Option<&Credentials>, config: &Config) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {url}")?;
    if let Some(Credentials { app_id, api_key, admin_token }) = first {
        let (app, key) = (escaped(app_id.as_str()), escaped(api_key));
        writeln!(out, "app id: {app_id}")?;
        writeln!(out, "API key: {api_key}")?;
        writeln!(out, "admin token: {admin_token}")?;
        writeln!(out, "open {url}/#app={app}&key={key}")?;
    } else {
        let file = config.data.clone().unwrap_or_default().join("client.json");
        writeln!(out, "app id and API key: in {}", file.display())?;
        writeln!(out, "admin token: printed at the first start only")?;
    }
    out.flush()
}

/// For the fragment of an address: all but letters, digits and `-._~` as %XX.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
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
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_fragment_is_escaped() {
        assert_eq!(escaped("A-1._~"), "A-1._~");
        assert_eq!(escaped("a&b é"), "a%26b%20%C3%A9");
    }
}
