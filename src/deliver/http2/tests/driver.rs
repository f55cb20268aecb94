//! A driver's end, whoever brings it about.

use super::script::{ok, settings};
use super::server::Client;
use crate::deliver::http2::Broken;
use crate::deliver::http2::connection::By;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Reads until nothing more comes for now.
async fn heard(stream: &mut tokio::io::DuplexStream) -> Vec<u8> {
    let mut bytes = vec![0; 4_096];
    let count = stream.read(&mut bytes).await.unwrap();
    bytes.truncate(count);
    bytes
}

#[tokio::test]
async fn many_requests_are_written_at_once() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let client = Client::over(ours);
    theirs.write_all(&settings(&[])).await.unwrap();
    client.line.ready().await;
    heard(&mut theirs).await;
    let mut begun = Vec::new();
    for number in 0..50 {
        begun.push(client.begin(&number.to_string(), b"body").await);
    }
    let out = heard(&mut theirs).await;
    assert!(out.len() > 50 * 20 && out.len() < 4_096, "{}", out.len());
    let answers: Vec<u8> = (0..50).flat_map(|number| ok(number * 2 + 1)).collect();
    theirs.write_all(&answers).await.unwrap();
    for exchange in begun {
        assert_eq!(exchange.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_cut_ends_what_is_open() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let client = Client::over(ours);
    theirs.write_all(&settings(&[])).await.unwrap();
    let begun = client.begin("1", b"body").await;
    heard(&mut theirs).await;
    heard(&mut theirs).await;
    drop(theirs);
    assert_eq!(begun.await.unwrap_err(), Broken::Lost("the connection was cut".to_owned()));
    assert_eq!(client.driver.await.unwrap(), "the connection was cut");
    assert_eq!(client.line.fruits(), (0, Some(By::Peer)));
    assert!(client.line.is_over());
}

#[tokio::test]
async fn a_driver_that_is_gone_lets_nobody_wait() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let client = Client::over(ours);
    theirs.write_all(&settings(&[])).await.unwrap();
    let begun = client.begin("1", b"body").await;
    client.driver.abort();
    let broken = begun.await.unwrap_err();
    let unprocessed = Broken::Unprocessed("its driver has ended".to_owned());
    let lost = Broken::Lost("its driver has ended".to_owned());
    assert!([unprocessed, lost].contains(&broken), "{broken:?}");
}
