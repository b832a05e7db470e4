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

#[test]
fn lists_are_read_as_programs_copy_them() {
    let people = |list: &str| -> Vec<(String, String)> {
        read(list)
            .into_iter()
            .map(|one| if one.is_valid { (one.name, one.address) } else { ("no".into(), one.typed) })
            .collect()
    };
    let cases: &[(&str, &[(&str, &str)])] = &[
        (
            "Lee, Ann <ann@example.org>, Bob <bob@example.org>",
            &[("Lee, Ann", "ann@example.org"), ("Bob", "bob@example.org")],
        ),
        (
            "Lee, Ann, Dr. <ann@example.org>; bob@example.org",
            &[("Lee, Ann, Dr.", "ann@example.org"), ("", "bob@example.org")],
        ),
        ("ann, bob@example.org", &[("no", "ann"), ("", "bob@example.org")]),
        ("ann; Bob <bob@example.org>", &[("no", "ann"), ("Bob", "bob@example.org")]),
        (
            "Ann\tann@example.org\nBob Ray\tbob@example.org",
            &[("Ann", "ann@example.org"), ("Bob Ray", "bob@example.org")],
        ),
        ("ann@example.org\tbob@example.org", &[("", "ann@example.org"), ("", "bob@example.org")]),
        ("Ann Lee ann@example.org", &[("Ann Lee", "ann@example.org")]),
        ("ann@example.org (Ann Lee)", &[("Ann Lee", "ann@example.org")]),
        ("Ann (at home) <ann@example.org>", &[("Ann", "ann@example.org")]),
        ("\"Ann \\\"Bee\\\" Lee\" <ann@example.org>", &[("Ann \"Bee\" Lee", "ann@example.org")]),
        ("\u{202a}Ann\u{202c} <ann@example.org>\u{feff}", &[("Ann", "ann@example.org")]),
        ("undisclosed-recipients:;", &[]),
        ("A: ann@example.org; B: bob@example.org;", &[("", "ann@example.org"), ("", "bob@example.org")]),
        ("Ann <\"ann\"@example.org>", &[("Ann", "ann@example.org")]),
        ("\"a\\\"b\\\\c\"@example.org", &[("", "\"a\\\"b\\\\c\"@example.org")]),
        ("Ann \"a b\"@example.org", &[("Ann", "\"a b\"@example.org")]),
        ("ann@[IPv6:2001:db8::1]", &[("", "ann@[IPv6:2001:db8::1]")]),
        ("ann@[1.2.3]", &[("no", "ann@[1.2.3]")]),
        ("ann@1.2.3.4", &[("no", "ann@1.2.3.4")]),
        ("Ann <ann@example.org> x", &[("no", "Ann <ann@example.org> x")]),
        ("Ann <<ann@example.org>>", &[("no", "Ann <<ann@example.org>>")]),
        ("ann@example.org\0", &[("no", "ann@example.org\0")]),
        ("<ann@example.org>", &[("", "ann@example.org")]),
    ];
    for (list, wanted) in cases {
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(name, address)| ((*name).into(), (*address).into())).collect();
        assert_eq!(people(list), wanted, "{list:?}");
    }
}

#[test]
fn a_long_list_is_read_in_a_moment() {
    let list: String = (0..20_000).map(|n| format!("Lee, Ann <ann{n}@example.org>, ")).collect();
    assert_eq!(read(&list).len(), 20_000);
    assert_eq!(read(&"a,".repeat(20_000)).len(), 20_000);
    assert_eq!(read(&"<".repeat(50_000)).len(), 1);
}

/// Names and addresses of all kinds, and what could break out of them.
fn typed() -> impl proptest::strategy::Strategy<Value = String> {
    let name = "[a-zA-Z ,.\"\\\\()<>@:;=?_\u{e9}\u{8a9e}\u{5d0}\u{202e}\u{1f33b}\t-]{0,16}";
    let local = "([a-z\u{e9}.+]{1,6}|\"[a-z @,<>.\\\\\"]{0,6}\")";
    let domain = "([a-z]{1,4}\\.[a-z]{2,3}|b\u{fc}cher\\.example|\\[192\\.0\\.2\\.1\\]|[a-z.]{0,4})";
    proptest::string::string_regex(&format!("({name} ?<?{local}@{domain}>?[,;\r\n\t\0 ]{{0,2}}){{0,4}}"))
        .unwrap()
}

proptest::proptest! {
    #[test]
    fn who_is_written_out_is_read_again(list in typed()) {
        for one in read(&list).into_iter().filter(|one| one.is_valid) {
            let written = one.written();
            proptest::prop_assert!(!written.contains(char::is_control), "{written:?}");
            let again = read(&written);
            proptest::prop_assert_eq!(again.len(), 1, "{}", &written);
            proptest::prop_assert_eq!((&again[0].name, &again[0].address, again[0].is_valid), (&one.name, &one.address, true), "{}", &written);
            proptest::prop_assert_eq!(again[0].written(), written);
        }
    }

    #[test]
    fn everybody_in_a_list_that_is_written_out_is_in_it(list in typed()) {
        let people: Vec<Recipient> = read(&list).into_iter().filter(|one| one.is_valid).collect();
        let written = people.iter().map(Recipient::written).collect::<Vec<_>>().join(", ");
        let again: Vec<(String, String)> = read(&written).into_iter().map(|one| (one.name, one.address)).collect();
        let people: Vec<(String, String)> = people.into_iter().map(|one| (one.name, one.address)).collect();
        proptest::prop_assert_eq!(again, people, "{}", written);
    }
}
