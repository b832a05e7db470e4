//! As which program Waxwing signs in in the browser: a provider of mail knows programs by ids that it gave to whoever builds them.
//!
//! They come from the build, in the variable `WAXWING_OAUTH_CLIENTS`: entries parted by spaces, each `ISSUER=ID` or
//! `ISSUER=ID:SECRET`, with the issuers' names of the table of providers (`google`, `microsoft` …) or their hosts. None is part
//! of the project. A build without them asks the person for an id where there is no other way to sign in.

use waxwing_core::model::{OAuthEndpoints, Secret};
use waxwing_core::setup;

const OF_THIS_BUILD: Option<&str> = option_env!("WAXWING_OAUTH_CLIENTS");

/// What a provider gave to whoever builds this.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: Option<Secret>,
}

/// The id of this build for a provider.
pub fn of_this_build(provider: &OAuthEndpoints) -> Option<Client> {
    find(OF_THIS_BUILD.unwrap_or_default(), provider)
}

/// The entry for a provider in such a list.
fn find(list: &str, provider: &OAuthEndpoints) -> Option<Client> {
    list.split_whitespace().find_map(|entry| {
        let (issuer, client) = entry.split_once('=')?;
        if setup::endpoints(issuer)?.issuer != provider.issuer {
            return None;
        }
        let (id, secret) = match client.split_once(':') {
            Some((id, secret)) => (id, Some(Secret::new(secret))),
            None => (client, None),
        };
        (!id.is_empty()).then(|| Client { id: id.to_owned(), secret })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_by_name_or_host_and_for_its_provider_alone() {
        let list = "google=1-a.apps.example:s3 login.microsoftonline.com=uuid yahoo= nobody=x broken";
        let of = |issuer| find(list, &setup::endpoints(issuer).unwrap());
        let google = of("google").unwrap();
        assert_eq!(google.id, "1-a.apps.example");
        assert_eq!(google.secret.as_ref().map(Secret::reveal), Some("s3"));
        let microsoft = of("microsoft").unwrap();
        assert!(microsoft.id == "uuid" && microsoft.secret.is_none());
        assert!(of("yahoo").is_none() && of("comcast").is_none());
    }

    #[test]
    fn every_id_of_this_build_is_for_a_provider_that_is_known() {
        for entry in OF_THIS_BUILD.unwrap_or_default().split_whitespace() {
            let issuer = entry.split_once('=').map(|(issuer, _)| issuer);
            let known = issuer.and_then(setup::endpoints);
            assert!(known.is_some_and(|known| find(entry, &known).is_some()), "{entry}");
        }
    }
}
