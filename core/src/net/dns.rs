//! What DNS says of mail: which servers a domain names for a service (SRV, RFC 2782) and for taking its mail (MX, RFC 5321
//! section 5.1). The address of a host is asked of the system, elsewhere.
//!
//! None of it is proved to be true: whoever answers may be anybody. What is done with it says so to the person.

use std::time::Duration;

use futures_util::future::BoxFuture;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};

/// For one try; there are two.
const TRY: Duration = Duration::from_secs(2);
/// Records of one name that are looked at.
const MOST: usize = 50;

/// A server for a service, as an SRV record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// The lower, the sooner it is to be used.
    pub priority: u16,
    /// Among equals, the share it is to get.
    pub weight: u16,
    /// A host name without its last dot; empty where the domain says that it has no such service.
    pub host: String,
    pub port: u16,
}

/// A server that takes a domain's mail, as an MX record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exchange {
    /// The lower, the sooner it is to be used.
    pub preference: u16,
    /// A host name without its last dot; empty where the domain says that it takes no mail (RFC 7505).
    pub host: String,
}

/// Why there is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRecord {
    /// There is no such name, and none below it (RFC 8020).
    NoSuchName,
    /// There is the name, and no record of this kind.
    NoneOfThisKind,
    /// No answer was had.
    Unreached,
}

/// Who is asked. Names are whole ones: no domain of this machine is tried after them.
pub trait Dns: Send + Sync {
    /// The SRV records of a name such as `_imaps._tcp.example.org`, in no order.
    fn services(&self, name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>>;
    /// The MX records of a domain, in no order.
    fn exchanges(&self, domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>>;
}

/// The servers that this machine is set up to ask.
pub(super) struct SystemDns(Option<TokioResolver>);

impl SystemDns {
    /// As this machine is set up now. A machine that doesn't tell is one that can't be asked.
    pub(super) fn new() -> Self {
        Self::by(TokioResolver::builder_tokio())
    }

    fn by(builder: Result<ResolverBuilder<TokioRuntimeProvider>, NetError>) -> Self {
        let resolver = builder.and_then(|mut builder| {
            let options = builder.options_mut();
            options.timeout = TRY;
            options.attempts = 2;
            builder.build()
        });
        if let Err(error) = &resolver {
            tracing::info!(%error, "this machine doesn't tell whom to ask about names");
        }
        Self(resolver.ok())
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        kind: RecordType,
        read: fn(&RData) -> Option<T>,
    ) -> BoxFuture<'static, Result<Vec<T>, NoRecord>> {
        let (resolver, name) = (self.0.clone(), format!("{}.", name.trim_end_matches('.')));
        Box::pin(async move {
            let resolver = resolver.ok_or(NoRecord::Unreached)?;
            let found = resolver.lookup(name, kind).await.map_err(|error| absence(&error))?;
            let records: Vec<T> =
                found.answers().iter().filter_map(|record| read(&record.data)).take(MOST).collect();
            if records.is_empty() { Err(NoRecord::NoneOfThisKind) } else { Ok(records) }
        })
    }
}

fn absence(error: &NetError) -> NoRecord {
    match error {
        error if error.is_nx_domain() => NoRecord::NoSuchName,
        error if error.is_no_records_found() => NoRecord::NoneOfThisKind,
        _ => NoRecord::Unreached,
    }
}

impl Dns for SystemDns {
    fn services(&self, name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>> {
        self.ask(name, RecordType::SRV, |data| match data {
            RData::SRV(record) => Some(Service {
                priority: record.priority,
                weight: record.weight,
                host: host(&record.target.to_ascii()),
                port: record.port,
            }),
            _ => None,
        })
    }

    fn exchanges(&self, domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>> {
        self.ask(domain, RecordType::MX, |data| match data {
            RData::MX(record) => {
                Some(Exchange { preference: record.preference, host: host(&record.exchange.to_ascii()) })
            }
            _ => None,
        })
    }
}

/// Nobody to be asked.
pub(super) struct NoDns;

impl Dns for NoDns {
    fn services(&self, _name: &str) -> BoxFuture<'static, Result<Vec<Service>, NoRecord>> {
        Box::pin(std::future::ready(Err(NoRecord::Unreached)))
    }

    fn exchanges(&self, _domain: &str) -> BoxFuture<'static, Result<Vec<Exchange>, NoRecord>> {
        Box::pin(std::future::ready(Err(NoRecord::Unreached)))
    }
}

fn host(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{MX, SRV};
    use hickory_resolver::proto::rr::{Name, Record};
    use tokio::net::UdpSocket;

    use super::*;

    /// A name server on loopback, and what it is asked.
    async fn name_server(is_silent: bool) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let mut datagram = [0; 4096];
            while let Ok((count, from)) = socket.recv_from(&mut datagram).await {
                if is_silent {
                    continue;
                }
                let answer = answer(Message::from_vec(&datagram[..count]).unwrap());
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        (address, serving)
    }

    fn answer(asked: Message) -> Message {
        let query = asked.queries[0].clone();
        let name = query.name().clone();
        let host = |text: &str| Name::from_ascii(text).unwrap();
        let records = match (name.to_ascii().as_str(), query.query_type()) {
            ("_imaps._tcp.example.org.", RecordType::SRV) => vec![
                RData::SRV(SRV::new(10, 5, 993, host("IMAP.Example.org."))),
                RData::SRV(SRV::new(0, 0, 0, host("."))),
            ],
            ("example.org.", RecordType::MX) => vec![RData::MX(MX::new(10, host("mx.example.net.")))],
            _ => Vec::new(),
        };
        let mut answer = asked.into_response();
        if name.to_ascii().starts_with("nowhere.") {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        answer.add_answers(records.into_iter().map(|data| Record::from_rdata(name.clone(), 60, data)));
        answer
    }

    fn asking(address: SocketAddr) -> SystemDns {
        let mut connection = ConnectionConfig::udp();
        connection.port = address.port();
        let server = NameServerConfig::new(address.ip(), true, vec![connection]);
        // A domain of this machine must never be tried after a name.
        let search = vec![Name::from_ascii("example.org.").unwrap()];
        let config = ResolverConfig::from_parts(None, search, vec![server]);
        SystemDns::by(Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())))
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn records_are_read_and_what_is_not_there_has_its_reason() {
        run(async {
            let (address, serving) = name_server(false).await;
            let dns = asking(address);
            let mut services = dns.services("_imaps._tcp.example.org").await.unwrap();
            services.sort();
            let none = Service { priority: 0, weight: 0, host: String::new(), port: 0 };
            let one = Service { priority: 10, weight: 5, host: "imap.example.org".into(), port: 993 };
            assert_eq!(services, [none, one]);
            let taker = Exchange { preference: 10, host: "mx.example.net".into() };
            assert_eq!(dns.exchanges("example.org").await, Ok(vec![taker]));
            assert_eq!(dns.exchanges("nothing.example").await, Err(NoRecord::NoneOfThisKind));
            assert_eq!(dns.services("_imap._tcp.example.org").await, Err(NoRecord::NoneOfThisKind));
            assert_eq!(dns.exchanges("nowhere.example").await, Err(NoRecord::NoSuchName));
            assert_eq!(dns.services("_imaps._tcp").await, Err(NoRecord::NoneOfThisKind), "searched for");
            assert!(dns.exchanges("no..name").await.is_err());
            serving.abort();
        });
    }

    #[test]
    fn a_server_that_is_silent_or_gone_is_not_a_domain_without_records() {
        run(async {
            let (address, serving) = name_server(true).await;
            tokio::time::pause();
            assert_eq!(asking(address).exchanges("example.org").await, Err(NoRecord::Unreached));
            serving.abort();
            assert_eq!(SystemDns(None).exchanges("example.org").await, Err(NoRecord::Unreached));
        });
    }
}
