//! `blockcast providers check`: whether the push services take our credentials.

use super::{Exit, print, runtime};
use crate::clock::Clock;
use crate::config::{Config, Flags, ProviderKind, Providers};
use crate::deliver;
use std::path::{Path, PathBuf};

/// Look after the providers that deliver.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Say whether the credentials of all providers in the settings are good
    ///
    /// Gets an access token, connects, and sends a message to a token that no device has. Ends
    /// with exit code 1 when one of them is not good.
    Check(Check),
}

#[derive(clap::Args)]
struct Check {
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "BLOCKCAST_CONFIG")]
    config: Option<PathBuf>,
}

pub(super) fn main(args: &Args) -> Exit {
    let Command::Check(check) = &args.command;
    let settings = match settings(check.config.as_deref()) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let kinds = kinds(&settings);
    if kinds.is_empty() {
        print::line("no platform has a provider that needs credentials");
    }
    let checked = runtime::wait(async {
        let mut good = true;
        for kind in kinds {
            match deliver::check(kind, &settings, &Clock::system()).await {
                Ok(tried) => print::line(format_args!("{}: good: {tried}", kind.name())),
                Err(problem) => {
                    good = false;
                    print::line(format_args!("{}: NOT good: {problem}", kind.name()));
                }
            }
        }
        good
    });
    match checked {
        Ok(true) => Exit::Done,
        Ok(false) => Exit::Failed,
        Err(exit) => exit,
    }
}

/// The settings of the providers, from a file and the environment.
pub(super) fn settings(file: Option<&Path>) -> Result<Providers, Exit> {
    let environment = |name: &str| std::env::var(name).ok();
    let config = Config::load(file, environment, Flags::default());
    config.map(|config| config.providers).map_err(|error| {
        print::error(format_args!("error: {error}"));
        Exit::Invalid
    })
}

/// The kinds that deliver to some platform, each once.
fn kinds(settings: &Providers) -> Vec<ProviderKind> {
    let platforms = [settings.android, settings.ios, settings.wp, settings.osx];
    let mut kinds: Vec<ProviderKind> = Vec::new();
    for kind in platforms.into_iter().chain(settings.web) {
        let delivers = !matches!(kind, ProviderKind::Off | ProviderKind::Virtual);
        if delivers && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}
