//! The push services, simulated: APNs, FCM and Web Push over TLS on this machine, with keys,
//! certificates and faults of their own, so that delivery can be tried without an account.
//!
//! [`Keys`] makes a folder with everything a server needs to use it; [`Simulator`] answers.
//! A fault is chosen by the beginning of a device token, see [`Fault::KINDS`].

mod answer;
mod checks;
mod connection;
mod control;
mod fault;
mod keys;
mod log;
mod tap;
mod world;

pub use fault::Fault;
pub use keys::{Keys, KeysError};
pub use world::Options;

use crate::clock::Clock;
use checks::Checks;
use log::Log;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use world::World;

/// A simulator that listens.
pub struct Simulator {
    world: Arc<World>,
    services: TcpListener,
    control: TcpListener,
    tls: TlsAcceptor,
}

impl Simulator {
    /// Listens on two ports of the address: the services' and the control's.
    pub async fn bind(
        services: SocketAddr,
        control: SocketAddr,
        keys: &Keys,
        options: Options,
        clock: Clock,
    ) -> io::Result<Self> {
        let services = TcpListener::bind(services).await?;
        let control = TcpListener::bind(control).await?;
        let url = format!("https://{}", services.local_addr()?);
        let checks = Checks::new(keys, options.token_seconds);
        let log = Log::new(options.keep);
        let world = Arc::new(World { options, checks, log, clock, url });
        Ok(Self { world, services, control, tls: keys.acceptor() })
    }

    /// Where the push services are, `https://HOST:PORT`.
    pub fn url(&self) -> &str {
        &self.world.url
    }

    /// Where it is looked at and told what to do, `http://HOST:PORT`.
    pub fn control_url(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.control.local_addr()?))
    }

    /// Answers until it is dropped.
    pub async fn run(self) -> io::Result<()> {
        let router = control::router(Arc::clone(&self.world));
        let control = axum::serve(self.control, router);
        let services = async {
            loop {
                let (stream, _) = self.services.accept().await?;
                let (world, tls) = (Arc::clone(&self.world), self.tls.clone());
                tokio::spawn(async move {
                    // A client that goes away in the middle is none of our business.
                    let _ = connection::serve(world, tls, stream).await;
                });
            }
        };
        tokio::select! {
            done = control.into_future() => done,
            done = services => done,
        }
    }
}
