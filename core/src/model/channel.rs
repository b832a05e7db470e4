//! What ties a sign-in to the connection it goes over.

/// Values that only the two ends of one TLS connection can know or show (RFC 5929, RFC 9266). A sign-in that holds one
/// can't be passed on over another connection. Without any, mechanisms that need one aren't used.
#[derive(Clone, Default)]
pub struct ChannelBindings {
    /// `tls-exporter`: 32 octets both ends derive from the connection's secrets. TLS 1.3 alone.
    pub exporter: Option<[u8; 32]>,
    /// `tls-server-end-point`: the digest of the certificate the server showed.
    pub server_end_point: Option<Vec<u8>>,
}
