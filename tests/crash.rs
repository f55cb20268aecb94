//! The server is killed in the middle of its work, again and again; nothing that it
//! acknowledged is lost, and nothing comes twice.
//!
//! What works on it while it dies is in the files below, one for each kind of thing: it goes on
//! until the server is gone, remembers what was acknowledged, and looks for all of it in the
//! end. Another kind is another file, and a line in [`Work`].

mod devices;
mod messages;
mod templates;

use crate::harness::server::{Folder, Server, block_on, client, eventually, register};
use devices::Registrar;
use libtest_mimic::{Failed, Trial};
use messages::Publisher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use templates::Editor;

/// Times the server is killed.
const KILLS: usize = 6;
/// Publishers at the same time.
const PUBLISHERS: usize = 8;
/// Phones, on the channel that is published to.
const PHONES: [(&str, &str); 3] = [("a", "ANDROID"), ("b", "IOS"), ("c", "ANDROID")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("crash/nothing_acknowledged_is_lost_or_doubled", || block_on(check()))]
}

/// All that goes on until the server is gone.
struct Work {
    publishers: Vec<Publisher>,
    registrar: Registrar,
    editor: Editor,
}

async fn check() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let client = client()?;
    let publishers = (0..PUBLISHERS).map(Publisher::new).collect();
    let mut work = Work { publishers, registrar: Registrar::default(), editor: Editor::default() };
    for round in 0..KILLS {
        let server = Server::start(folder.path(), &[])?;
        if round == 0 {
            for (id, os) in PHONES {
                register(&client, &server, id, os).await?;
            }
        }
        work = work_until_killed(&client, server, work).await?;
    }
    let server = Server::start(folder.path(), &[])?;
    messages::check(&client, &server, &work.publishers).await?;
    work.registrar.check(&client, &server).await?;
    work.editor.check(&client, &server).await?;
    let status = server.stop()?;
    if !status.success() {
        return Err(format!("an orderly stop ends with 0, not {status}").into());
    }
    let store = rusqlite::Connection::open(folder.path().join("blockcast.db"))?;
    messages::check_store(&store)?;
    let whole: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(format!("the store is damaged: {whole}").into());
    }
    Ok(())
}

/// Works from all sides and kills the server after a random number of answers.
async fn work_until_killed(
    client: &reqwest::Client,
    server: Server,
    work: Work,
) -> Result<Work, Failed> {
    let answers = Arc::new(AtomicUsize::new(0));
    let publishers: Vec<_> = work
        .publishers
        .into_iter()
        .map(|publisher| {
            let url = server.at("/messaging/default");
            tokio::spawn(publisher.publish(client.clone(), url, Arc::clone(&answers)))
        })
        .collect();
    let url = server.at("/messaging/registrations");
    let registrar =
        tokio::spawn(work.registrar.register(client.clone(), url, Arc::clone(&answers)));
    let url = templates::templates(&server);
    let editor = tokio::spawn(work.editor.save(client.clone(), url, Arc::clone(&answers)));
    let enough = 20 + usize::from(uuid::Uuid::new_v4().as_bytes()[0]);
    eventually("enough answers", || async { Ok(answers.load(Ordering::Relaxed) >= enough) })
        .await?;
    server.kill()?;
    let (registrar, editor) = (registrar.await?, editor.await?);
    let mut work = Work { publishers: Vec::new(), registrar, editor };
    for publisher in publishers {
        work.publishers.push(publisher.await?);
    }
    Ok(work)
}
