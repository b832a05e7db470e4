use super::*;

fn addresses(list: &str) -> Vec<String> {
    read(list)
        .into_iter()
        .map(|one| if one.is_valid { one.address } else { format!("no: {}", one.typed) })
        .collect()
}

#[test]
fn lists_are_read_as_people_type_and_paste_them() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (" , ;\n", &[]),
        ("ann@example.org", &["ann@example.org"]),
        (
            "ann@example.org, bob@example.org;carol@example.org",
            &["ann@example.org", "bob@example.org", "carol@example.org"],
        ),
        ("ann@example.org\r\nbob@example.org\n", &["ann@example.org", "bob@example.org"]),
        (
            "Ann Lee <ann@example.org>, \"Lee, Bob\" <bob@example.org>",
            &["ann@example.org", "bob@example.org"],
        ),
        (
            "Team: ann@example.org, bob@example.org;, carol@example.org",
            &["ann@example.org", "bob@example.org", "carol@example.org"],
        ),
        ("mailto:ann@example.org", &["ann@example.org"]),
        ("Ann <ANN@example.org>, ann@EXAMPLE.org", &["ANN@example.org"]),
        ("ann@b\u{fc}cher.example", &["ann@xn--bcher-kva.example"]),
        ("\u{e9}va@example.org", &["\u{e9}va@example.org"]),
        ("\"a b\"@example.org", &["\"a b\"@example.org"]),
        ("ann@[192.0.2.1]", &["ann@[192.0.2.1]"]),
        ("ann", &["no: ann"]),
        ("ann@", &["no: ann@"]),
        ("ann@example", &["no: ann@example"]),
        ("a..b@example.org", &["no: a..b@example.org"]),
        ("ann@exa mple.org", &["no: ann@exa mple.org"]),
        ("ann@example.org bob@example.org", &["no: ann@example.org bob@example.org"]),
        (
            "\"never closed <ann@example.org>\nbob@example.org",
            &["no: \"never closed <ann@example.org>", "bob@example.org"],
        ),
    ];
    for (list, wanted) in cases {
        assert_eq!(addresses(list), *wanted, "{list:?}");
    }
}

#[test]
fn the_name_is_kept_beside_the_address() {
    let people = read("\"Lee, Ann\" <ann@example.org>, bob@example.org");
    assert_eq!(people[0].name, "Lee, Ann");
    assert_eq!(people[1].name, "");
}

proptest::proptest! {
    #[test]
    fn whatever_is_typed_nothing_valid_could_end_a_command_or_a_field(list in "\\PC{0,60}|[a-c@.<>,;:\"\\\\() \r\n]{0,40}") {
        for one in read(&list) {
            proptest::prop_assert!(!one.address.contains(['\r', '\n', '\0']));
            if one.is_valid {
                let (local, domain) = one.address.rsplit_once('@').unwrap();
                proptest::prop_assert!(!local.is_empty() && !domain.is_empty());
                proptest::prop_assert!(local.starts_with('"') || !one.address.contains([' ', '<', '>', ',']), "{}", one.address);
            }
        }
    }
}
