//! What DNS says of mail: which servers a domain names for a service (SRV, RFC 2782) and for taking its mail (MX, RFC 5321
//! section 5.1). The address of a host is asked of the system, elsewhere.
//!
//! None of it is proved to be true: whoever answers may be anybody. What is done with it says so to the person.

use std::time::Duration;

use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, RecordType};

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
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
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
