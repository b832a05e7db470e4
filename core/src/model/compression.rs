//! Whether connections are compressed.

/// When COMPRESS=DEFLATE (RFC 4978) is used, where a server offers it.
///
/// It costs the server more time than a fast connection saves: with it, a local network is several times slower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Where it has shown to be faster: a connection on which mail comes slowly is compressed, and stays so if more of
    /// it comes then.
    #[default]
    Chosen,
    /// Wherever it is offered.
    Always,
    /// Nowhere.
    Never,
}
