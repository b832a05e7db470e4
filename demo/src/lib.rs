//! A model IMAP server in memory, over loopback TLS, with sample mail.
