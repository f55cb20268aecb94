//! Importing devices: pages of some thousands, one commit each, with progress.

use super::records::Records;
use super::{Done, failed, invalid};
use crate::app::App;
use crate::cli::print;
use crate::limits;
use crate::publish::DeviceError;
use crate::store::Registration;
use tokio::task::JoinHandle;

/// Registers all, or up to the first record that can't be; those before it stay.
pub(super) async fn import(app: &App, mut records: Records) -> Done<()> {
    let (mut all, mut new, mut told) = (0, 0, 0);
    // A page is committed while the next one is read.
    let mut committing: Option<JoinHandle<Result<usize, DeviceError>>> = None;
    loop {
        let (page, wrong) = read_page(app, &mut records);
        if let Some(committing) = committing.take() {
            new += committing.await.map_err(failed)?.map_err(failed)?;
        }
        let (size, last) = (page.len(), page.len() < limits::IMPORT_PAGE);
        let (registry, id) = (app.registry.clone(), app.app_id().clone());
        let mut commit = tokio::spawn(async move { registry.import(&id, page).await });
        all += size;
        if last {
            new += (&mut commit).await.map_err(failed)?.map_err(failed)?;
        } else {
            // So that it is on its way before this thread reads on.
            tokio::task::yield_now().await;
            committing = Some(commit);
        }
        if let Some(problem) = wrong {
            return Err(invalid(format!(
                "{problem}\nthe devices before it ({all}) are registered; mend it and import again"
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

/// The next page, and what is wrong with the record after it, which ends it early.
fn read_page(app: &App, records: &mut Records) -> (Vec<Registration>, Option<String>) {
    let mut page = Vec::with_capacity(limits::IMPORT_PAGE);
    while page.len() < limits::IMPORT_PAGE {
        match records.next() {
            Some(Ok(body)) => match app.registry.check(&body) {
                Ok(registration) => page.push(registration),
                Err(error) => return (page, Some(format!("{}: {error}", records.place()))),
            },
            Some(Err(problem)) => return (page, Some(problem)),
            None => break,
        }
    }
    (page, None)
}
