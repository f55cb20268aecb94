//! The bare client beside which the engine is measured: the `h2` crate over TLS, the same
//! requests, and nothing else. No audience, no retries, no ledger.

use crate::devices::{Service, token};
use crate::pattern::Pattern;
use crate::process::{peak_mb, processor, reset_peak, simulator_folder};
use blockcast::clock::Stopwatch;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use h2::client::SendRequest;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Sends a message to so many devices over one connection, as many at once as the service takes.
pub(crate) async fn run(service: Service, url: &str, devices: usize) -> Value {
    let mut pattern = Pattern::read(service);
    if service == Service::Fcm {
        pattern.authorize(&crate::pattern::access_token(url).await);
    }
    let headers = pattern.headers();
    let tokens: Vec<String> = (0..devices).map(|number| token(service, number)).collect();
    let mut sender = connect(url).await;
    sender = sender.ready().await.unwrap();
    let streams = sender.current_max_send_streams();
    reset_peak();
    let (before, since) = (processor(), Stopwatch::start());
    let mut open = FuturesUnordered::new();
    let mut tokens = (0..).zip(&tokens);
    loop {
        while open.len() < streams
            && let Some((number, token)) = tokens.next()
        {
            let (path, body) = pattern.for_token(token);
            let uri = format!("{url}{path}");
            open.push(exchange(&mut sender, number, uri, headers.clone(), body));
        }
        match open.next().await {
            Some(status) => assert_eq!(status, StatusCode::OK),
            None => break,
        }
    }
    json!({
        "wall": since.elapsed().as_secs_f64(), "cpu": processor() - before, "peak": peak_mb(),
    })
}

/// Begins a request; what is given waits for its answer.
fn exchange(
    sender: &mut SendRequest<Bytes>,
    number: u128,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
) -> impl Future<Output = StatusCode> + use<> {
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = uri.try_into().unwrap();
    *request.headers_mut() = headers;
    if let Some(id) = request.headers_mut().get_mut("apns-id") {
        *id = HeaderValue::from_str(&uuid::Uuid::from_u128(number).to_string()).unwrap();
        id.set_sensitive(true);
    }
    let (response, mut sending) = sender.send_request(request, false).unwrap();
    sending.send_data(body, true).unwrap();
    async move {
        let response = response.await.unwrap();
        let status = response.status();
        let mut body = response.into_body();
        while let Some(part) = body.data().await {
            body.flow_control().release_capacity(part.unwrap().len()).unwrap();
        }
        status
    }
}

async fn connect(url: &str) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(url.trim_start_matches("https://")).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut roots = RootCertStore::empty();
    let ca = simulator_folder().join("ca.pem");
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let mut tls = ClientConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await.unwrap();
    let (sender, mut connection) = h2::client::Builder::new()
        .enable_push(false)
        .initial_window_size(1 << 20)
        .initial_connection_window_size(1 << 24)
        .handshake(stream)
        .await
        .unwrap();
    let mut pings = connection.ping_pong().unwrap();
    tokio::spawn(async move { connection.await.unwrap() });
    // The service's SETTINGS are here before its answer to a PING.
    pings.ping(h2::Ping::opaque()).await.unwrap();
    sender
}
