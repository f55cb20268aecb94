//! `blockcast simulate`: the push services on this machine.

use super::{Exit, print, runtime};
use crate::clock::Clock;
use crate::simulate::{Fault, Keys, KeysError, Options, Simulator};
use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Simulate APNs, FCM and Web Push, over TLS on this machine, without an account.
///
/// Keys, certificates and settings that use them are made in a folder;
/// `blockcast serve --config FOLDER/blockcast.toml` then sends to the simulator.
///
/// `GET /stats` on the control address tells what came in; `GET /tokens` by token;
/// `GET /requests?token=T` the latest requests whole; `GET /subscriptions/NAME` gives a push
/// subscription, which is a device token for Web Push; `POST /forget-tokens` makes FCM's access
/// tokens bad; `POST /clear` forgets what came in.
#[derive(clap::Args)]
#[command(after_help = faults())]
pub(super) struct Args {
    /// Folder for keys, certificates and settings; made when it isn't there
    #[arg(long, value_name = "DIR", default_value = "simulator")]
    folder: PathBuf,
    /// Port of the push services on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// Port of the control address on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8444)]
    control: u16,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=60_000))]
    latency_ms: i64,
    /// Milliseconds before the answer to a token that starts with `slow`
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(i64).range(0..=600_000))]
    slow_ms: i64,
    /// Streams at once on one connection
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    streams: u32,
    /// Seconds an access token for FCM lasts
    #[arg(long, value_name = "S", default_value_t = 3_600, value_parser = clap::value_parser!(i64).range(1..=86_400))]
    token_seconds: i64,
    /// Requests that are kept whole, the latest of them; 0 is fastest
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    keep: usize,
}

fn faults() -> String {
    let mut text = "Faults, by how a device token begins (for Web Push, the NAME of its \
                    subscription):\n"
        .to_owned();
    for (prefix, _, what) in Fault::KINDS {
        let _ = writeln!(text, "  {prefix:<10} {what}");
    }
    text.push_str(
        "  answer:STATUS:REASON  exactly this answer; for FCM `answer:HTTP:STATUS:CODE`, where CODE\n\
        \x20                       may be the field of a violation, `message.…`, or `not-a-token`\n\
         Every other token is accepted. What comes after these words tells devices apart.",
    );
    text
}

/// Why it ended with an error.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("can't listen: {0}; choose other ports with `--port` and `--control`")]
    Listen(std::io::Error),
    #[error("can't go on: {0}")]
    Run(std::io::Error),
}

/// Answers until it is stopped.
pub(super) fn main(args: &Args) -> Exit {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    match runtime::wait_on(&mut threads, simulate(args)) {
        Ok(Ok(())) => Exit::Done,
        Err(exit) => exit,
        Ok(Err(failure)) => {
            print::error(format_args!("error: {failure}"));
            Exit::Failed
        }
    }
}

async fn simulate(args: &Args) -> Result<(), Failure> {
    let keys = Keys::open(&args.folder)?;
    let options = Options {
        latency_ms: args.latency_ms,
        slow_ms: args.slow_ms,
        streams: args.streams,
        token_seconds: args.token_seconds,
        keep: args.keep,
    };
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bound =
        Simulator::bind(at(args.port), at(args.control), &keys, options, Clock::system()).await;
    let simulator = bound.map_err(Failure::Listen)?;
    let settings = keys.write_settings(simulator.url())?;
    print::line(format_args!("push services on {}", simulator.url()));
    print::line(format_args!("control on {}", simulator.control_url().map_err(Failure::Listen)?));
    print::line(format_args!("settings in {}", settings.display()));
    tokio::select! {
        ended = simulator.run() => ended.map_err(Failure::Run),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
