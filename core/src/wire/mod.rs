//! Bytes to lines, literals and typed responses, and back. The only place that names imap_codec.
