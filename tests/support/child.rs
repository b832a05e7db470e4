//! What every program that a test starts beside itself has: its one secret, and a voice.

use std::io::Write as _;

use waxwing_core::Error;
use waxwing_core::model::Secret;
use waxwing_core::vault::Vault;

/// The one secret, whatever is asked for: what a keyring would give after a crash.
pub struct OneSecret(pub Secret);

impl Vault for OneSecret {
    fn get(&self, _key: &str) -> Result<Option<Secret>, Error> {
        Ok(Some(self.0.clone()))
    }

    fn set(&self, _key: &str, _secret: &Secret) -> Result<(), Error> {
        Ok(())
    }

    fn delete(&self, _key: &str) -> Result<(), Error> {
        Ok(())
    }

    fn is_lasting(&self) -> bool {
        true
    }
}

/// Says a line on standard output, at once: whoever started the program waits for it.
pub fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").expect("somebody listens");
    output.flush().expect("somebody listens");
}
