//! `blockcast link`: a link that signs a browser in, once.

use super::operator::{self, Folder, Refused};
use super::{Exit, print};

/// Make a link that signs a browser in, once and within a quarter of an hour.
///
/// Whoever opens it may do at the page what the admin token may.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn main(args: Args) -> Exit {
    operator::with(args.folder, |operator| async move {
        let mut link = operator.ask("POST", "/sign-in-links", None).await?;
        let Some(page) = operator.page() else {
            operator.close().await?;
            return Err(Refused(
                "no server has run on the data folder yet; `blockcast serve` prints a link at its \
                 first start"
                    .to_owned(),
            ));
        };
        let token = link["token"].as_str().unwrap_or_default();
        link["url"] = format!("{page}/#sign-in={token}").into();
        if operator.is_for_programs() {
            print::json(&link);
        } else {
            print::line(link["url"].as_str().unwrap_or_default());
        }
        operator.close().await
    })
}
