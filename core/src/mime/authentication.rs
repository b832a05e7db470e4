//! What the receiving server says of where a mail comes from (RFC 8601).

use super::opened::values;
use super::spoof::{are_of_one_site, domain};
use crate::model::Address;

/// What the receiving server found. Only a hint: where it says nothing at all, a sender may have said it in its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// It says nothing, or nothing certain.
    #[default]
    None,
    /// The mail comes from its author's domain.
    Pass,
    /// It doesn't.
    Fail,
}

/// One result: its method, what came of it, and the domain it is about.
struct Finding {
    method: String,
    result: String,
    domain: String,
}

/// What the receiving server found, and of whom.
pub(super) fn of(fields: &[(String, String)], from: &[Address]) -> Authentication {
    let [author] = from else { return Authentication::None };
    judged(&findings(fields), domain(&author.address))
}

/// The domains whose signature the receiving server found valid, in lower case.
pub(super) fn signers(fields: &[(String, String)]) -> Vec<String> {
    let valid = |finding: &Finding| finding.method == "dkim" && finding.result == "pass";
    findings(fields).into_iter().filter(valid).map(|finding| finding.domain).collect()
}

/// Reads the topmost Authentication-Results, if the server that took the mail in wrote it: the one named by the last
/// Received above it, since what is below that came with the mail.
fn findings(fields: &[(String, String)]) -> Vec<Finding> {
    let is = |name: &'static str| move |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
    let Some(place) = fields.iter().position(is("Authentication-Results")) else { return Vec::new() };
    let above = fields.get(..place).unwrap_or_default();
    let value = values(fields, "Authentication-Results").next().unwrap_or_default();
    let value = without_comments(value);
    let mut pieces = value.split(';');
    let server = pieces.next().and_then(|name| name.split_whitespace().next()).unwrap_or_default();
    let by = above.iter().rev().find(|field| is("Received")(field)).map(|(_, value)| server_of(value));
    let was_received = fields.iter().any(is("Received"));
    let is_its_own = match by {
        Some(by) => are_of_one_site(server, &by),
        None => was_received,
    };
    if is_its_own { pieces.filter_map(finding).collect() } else { Vec::new() }
}

fn judged(findings: &[Finding], author: &str) -> Authentication {
    let with = |method: &str, result: &str| {
        findings.iter().any(|finding| finding.method == method && finding.result == result)
    };
    let is_aligned = |finding: &Finding| are_of_one_site(&finding.domain, author);
    if with("dmarc", "pass") {
        return if with("dmarc", "fail") { Authentication::None } else { Authentication::Pass };
    }
    if with("dmarc", "fail") {
        return Authentication::Fail;
    }
    let signed = findings
        .iter()
        .any(|finding| finding.method == "dkim" && finding.result == "pass" && is_aligned(finding));
    match (signed, with("dkim", "fail"), with("spf", "fail")) {
        (true, _, _) => Authentication::Pass,
        // Forwarding breaks one or the other.
        (false, true, true) => Authentication::Fail,
        _ => Authentication::None,
    }
}

/// `method=result ptype.property=value …`
fn finding(text: &str) -> Option<Finding> {
    let mut words = text.split_whitespace();
    let (method, result) = words.next()?.split_once('=')?;
    let method = method.split('/').next()?;
    let about = ["header.d", "header.from", "header.i", "smtp.mailfrom"];
    let mut found =
        words.filter_map(|word| word.split_once('=')).filter(|(property, _)| about.contains(property));
    let value = found.next().map_or("", |(_, value)| value.trim_matches('"'));
    let domain = value.rsplit('@').next().unwrap_or(value);
    Some(Finding {
        method: method.to_ascii_lowercase(),
        result: result.to_ascii_lowercase(),
        domain: domain.to_ascii_lowercase(),
    })
}

/// The server in a Received field: `… by server …`.
fn server_of(received: &str) -> String {
    let received = without_comments(received);
    let mut words = received.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("by"));
    words.next().unwrap_or_default().trim_end_matches(';').to_owned()
}

fn without_comments(value: &str) -> String {
    let mut depth = 0_usize;
    let mut plain = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: (&str, &str) =
        ("Received", "from a.example (a.example [192.0.2.1]) by mx.here.example (Postfix) with ESMTPS");

    fn judged(results: &str, others: &[(&str, &str)]) -> Authentication {
        let mut fields: Vec<(String, String)> =
            others.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        fields.push(("Authentication-Results".into(), results.into()));
        of(&fields, &[Address { name: String::new(), address: "ann@shop.example".into() }])
    }

    #[test]
    fn the_receiving_servers_word_counts() {
        for (results, wanted) in [
            ("mx.here.example; dmarc=pass header.from=shop.example; spf=fail", Authentication::Pass),
            (
                "mx.here.example 1; dkim=pass (2048 bit) header.d=shop.example header.s=x",
                Authentication::Pass,
            ),
            ("mx.here.example; dkim=pass header.i=@mail.shop.example", Authentication::Pass),
            ("mx.here.example; dkim=pass header.d=evil.test", Authentication::None),
            (
                "mx.here.example; dmarc=fail (p=REJECT) header.from=shop.example; dkim=pass header.d=shop.example",
                Authentication::Fail,
            ),
            (
                "mx.here.example; dkim=fail header.d=shop.example; spf=fail smtp.mailfrom=shop.example",
                Authentication::Fail,
            ),
            ("mx.here.example; spf=fail smtp.mailfrom=shop.example", Authentication::None),
            ("mx.here.example; none", Authentication::None),
            ("mx.here.example (dmarc=pass; dmarc=pass)", Authentication::None),
            ("", Authentication::None),
        ] {
            assert_eq!(judged(results, &[RECEIVED]), wanted, "{results}");
        }
    }

    #[test]
    fn what_came_with_the_mail_doesnt_count() {
        let pass = "mx.here.example; dmarc=pass";
        assert_eq!(judged("mx.evil.test; dmarc=pass", &[RECEIVED]), Authentication::None);
        assert_eq!(judged(pass, &[]), Authentication::None, "nobody received it");
        let relayed = ("Received", "from mx.here.example by relay.evil.test with SMTP");
        assert_eq!(judged(pass, &[RECEIVED, relayed]), Authentication::None);
        let fields =
            [("Authentication-Results".to_owned(), pass.to_owned()), ("Received".into(), RECEIVED.1.into())];
        let author = Address { name: String::new(), address: "ann@shop.example".into() };
        assert_eq!(
            of(&fields, std::slice::from_ref(&author)),
            Authentication::Pass,
            "above all that came with it"
        );
        assert_eq!(
            of(&fields, &[author.clone(), author]),
            Authentication::None,
            "of two authors none is known"
        );
    }
}
