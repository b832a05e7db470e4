//! A TLS connection of this process with itself.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// Both ends of a connection.
pub(super) struct OverTls {
    runtime: Runtime,
    client: client::TlsStream<TcpStream>,
    server: Option<server::TlsStream<TcpStream>>,
}

impl OverTls {
    pub(super) fn connect() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (client, server) = runtime.block_on(async {
            let (client, server) = configurations();
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let accept = async {
                let (stream, _) = listener.accept().await.unwrap();
                TlsAcceptor::from(server).accept(stream).await.unwrap()
            };
            let connect = async {
                let stream = TcpStream::connect(address).await.unwrap();
                let name = ServerName::try_from("localhost").unwrap();
                TlsConnector::from(client).connect(name, stream).await.unwrap()
            };
            tokio::join!(connect, accept)
        });
        Self { runtime, client, server: Some(server) }
    }

    /// Sends bytes to the client; gives them back in the pieces that arrived.
    pub(super) fn server_sends(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let Self { runtime, client, server } = self;
        let server = server.as_mut().expect("the server has closed the stream");
        runtime.block_on(async {
            let send = async {
                server.write_all(bytes).await.unwrap();
                server.flush().await.unwrap();
            };
            let receive = async {
                let (mut pieces, mut length) = (Vec::new(), 0);
                while length < bytes.len() {
                    let mut buffer = vec![0; 4096];
                    let count = client.read(&mut buffer).await.unwrap();
                    assert_ne!(count, 0, "the stream ended");
                    buffer.truncate(count);
                    length += count;
                    pieces.push(buffer);
                }
                pieces
            };
            tokio::join!(send, receive).1
        })
    }

    /// Sends bytes to the server; gives back what arrived.
    pub(super) fn client_sends(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Self { runtime, client, server } = self;
        let Some(server) = server else { return bytes.to_vec() };
        runtime.block_on(async {
            let mut arrived = vec![0; bytes.len()];
            let send = async {
                client.write_all(bytes).await.unwrap();
                client.flush().await.unwrap();
            };
            let receive = async { server.read_exact(&mut arrived).await.map(drop).unwrap() };
            tokio::join!(send, receive);
            arrived
        })
    }

    /// Ends the stream, with TLS's own farewell or without; gives back whether the client took it for a clean end.
    pub(super) fn end(&mut self, cleanly: bool) -> bool {
        let mut server = self.server.take().expect("the stream ends twice");
        self.runtime.block_on(async {
            if cleanly {
                server.shutdown().await.unwrap();
            } else {
                server.get_mut().0.shutdown().await.unwrap();
            }
            drop(server);
            match self.client.read(&mut [0; 16]).await {
                Ok(count) => {
                    assert_eq!(count, 0, "the server said more");
                    true
                }
                Err(_) => false,
            }
        })
    }
}

/// One certificate for all tests of this process.
fn configurations() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    static MADE: OnceLock<(Arc<ClientConfig>, Arc<ServerConfig>)> = OnceLock::new();
    MADE.get_or_init(|| {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = rcgen::Issuer::from_params(&authority, &authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        (Arc::new(client), Arc::new(server))
    })
    .clone()
}
