//! Importing devices: pages of some thousands, one commit each, with progress.

use super::records::Records;
use super::{Done, failed, invalid};
use crate::app::App;
use crate::cli::print;
use crate::limits;

/// Registers all, or up to the first record that can't be; those before it stay.
pub(super) async fn import(app: &App, mut records: Records) -> Done<()> {
    let (mut all, mut new, mut told) = (0, 0, 0);
    loop {
        let mut page = Vec::with_capacity(limits::IMPORT_PAGE);
        let mut wrong = None;
        while page.len() < limits::IMPORT_PAGE && wrong.is_none() {
            match records.next() {
                Some(Ok(body)) => match app.registry.check(&body) {
                    Ok(registration) => page.push(registration),
                    Err(error) => wrong = Some(format!("{}: {error}", records.place())),
                },
                Some(Err(problem)) => wrong = Some(problem),
                None => break,
            }
        }
        let (size, last) = (page.len(), page.len() < limits::IMPORT_PAGE);
        new += app.registry.import(app.app_id(), page).await.map_err(failed)?;
        all += size;
        if let Some(problem) = wrong {
            return Err(invalid(format!(
                "{problem}\nthe {all} devices before it are registered; mend it and import again"
            )));
        }
        if last {
            print::line(format_args!("{all} devices: {new} new, {} registered again", all - new));
            return Ok(());
        }
        if all - told >= limits::IMPORT_PROGRESS {
            told = all;
            print::error(format_args!("{all} devices so far"));
        }
    }
}
