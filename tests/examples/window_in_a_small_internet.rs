//! Waxwing's window in an internet of a test's own: names lead to ports of this computer, and DNS says what the test wrote down.
//! Neither a name nor an address outside is ever asked for. A program of its own: the one that is shipped can't be led astray like
//! this.
//!
//! `window_in_a_small_internet PROFILE ROOTS MAP`
//!
//! The map has a line for each thing there is; what isn't in it doesn't exist:
//!
//! ```text
//! at HOST PORT PORT-OF-THIS-COMPUTER
//! srv NAME HOST PORT
//! mx DOMAIN HOST
//! domain DOMAIN
//! ```
#![allow(clippy::unwrap_used, clippy::panic, reason = "it serves tests")]

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use iced::Size;
use tokio::net::TcpStream;
use waxwing_core::net::{Bytes, Dns, Exchange, NoRecord, Road, Service, Target, Trust};
use waxwing_core::{Engine, EngineOptions};
use waxwing_desktop::app::{self, Options};
use waxwing_desktop::platform;
use waxwing_desktop::theme::Choice;

/// What there is. Clones are the same.
#[derive(Clone, Default)]
struct Internet(Arc<Map>);

#[derive(Default)]
struct Map {
    ports: HashMap<(String, u16), u16>,
    services: HashMap<String, Vec<Service>>,
    exchanges: HashMap<String, Vec<Exchange>>,
    domains: Vec<String>,
}

impl Map {
    fn read(text: &str) -> Self {
        let mut map = Self::default();
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["at", host, port, here] => {
                    map.ports.insert((host.to_owned(), port.parse().unwrap()), here.parse().unwrap());
                }
                ["srv", name, host, port] => {
                    let (host, port) = (host.to_owned(), port.parse().unwrap());
                    let record = Service { priority: 0, weight: 0, host, port };
                    map.services.entry(name.to_owned()).or_default().push(record);
                }
                ["mx", domain, host] => {
                    let record = Exchange { preference: 10, host: host.to_owned() };
                    map.exchanges.entry(domain.to_owned()).or_default().push(record);
                }
                ["domain", domain] => map.domains.push(domain.to_owned()),
                _ => panic!("what is this: {line}"),
            }
        }
        map
    }
}

impl Road for Internet {
    fn go(&self, target: &Target) -> BoxFuture<'static, io::Result<Box<dyn Bytes>>> {
        let port = self.0.ports.get(&(target.host.clone(), target.port)).copied();
        let is_there = self.0.ports.keys().any(|(host, _)| *host == target.host);
        async move {
            match port {
                Some(port) => {
                    Ok(Box::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?) as Box<dyn Bytes>)
                }
                None if is_there => Err(io::ErrorKind::ConnectionRefused.into()),
                None => Err(io::ErrorKind::NotFound.into()),
            }
        }
        .boxed()
    }

    fn dns(&self) -> Option<Arc<dyn Dns>> {
        Some(Arc::new(self.clone()))
    }
}

impl Dns for Internet {
    fn services(&self, name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>> {
        std::future::ready(self.0.services.get(name).cloned().ok_or(NoRecord::NoSuchName)).boxed()
    }

    fn exchanges(&self, domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>> {
        let exists = self.0.domains.iter().any(|known| known == domain);
        let none = if exists { NoRecord::NoneOfThisKind } else { NoRecord::NoSuchName };
        std::future::ready(self.0.exchanges.get(domain).cloned().ok_or(none)).boxed()
    }
}

fn main() -> iced::Result {
    let mut arguments = std::env::args().skip(1);
    let profile = PathBuf::from(arguments.next().unwrap());
    let roots = std::fs::read(arguments.next().unwrap()).unwrap();
    let roots = waxwing_core::roots_of_pem(&roots).unwrap();
    let map = std::fs::read_to_string(arguments.next().unwrap()).unwrap();
    let internet = Internet(Arc::new(Map::read(&map)));
    platform::make_profile(&profile).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let start = move |options: EngineOptions| {
        let trust = Trust::new(&roots)?.on(Arc::new(internet.clone()));
        Engine::start_on(&handle, trust, &options.data_dir, options.vault)
    };
    app::run(Options {
        profile,
        demo: false,
        extra_roots: None,
        size: Size::new(1280.0, 800.0),
        theme: Choice::Light,
        instance: None,
        keeper: None,
        link: None,
        start_engine: Arc::new(start),
    })
}
