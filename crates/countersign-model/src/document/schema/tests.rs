use super::*;
use crate::document::yaml;

#[test]
fn every_schema_has_its_name_and_compiles() {
    assert_eq!(
        ALL.iter().map(|schema| schema.name).collect::<Vec<_>>(),
        NAMES
    );
    for schema in ALL {
        assert!(!schema.validator.is_valid(&Value::Null), "{}", schema.name);
        assert_eq!(schema.value["$id"], Value::String(address(schema.name)));
    }
}

/// Run with `UPDATE_SCHEMAS=1` to write them.
#[test]
fn the_checked_in_schemas_are_current() {
    for name in NAMES {
        let path = format!(
            "{}/../../schemas/{name}.schema.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let current = text(name).expect("it is named");
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &current).expect("the folder is writable");
        }
        assert!(
            std::fs::read_to_string(&path).is_ok_and(|file| file == current),
            "{path} is out of date"
        );
    }
}

#[test]
fn no_schema_allows_null_and_none_names_rust_types() {
    for name in NAMES {
        let text = text(name).expect("it is named");
        assert!(
            !text.contains("\"null\"") && !text.contains("null") && !text.contains("uint"),
            "{name}"
        );
    }
}

fn policy_problem(yaml: &str) -> (RuleId, String, u32, u32) {
    let tree = yaml::read("countersign.yaml", yaml.as_bytes()).expect("YAML");
    let (_, problems) = POLICY.read::<PolicyInput>(&tree);
    let problem = problems
        .iter()
        .find(|problem| !problem.message.ends_with("is missing") || problems.len() == 1)
        .or(problems.first());
    let problem = problem.expect("there is one");
    (
        problem.rule,
        problem.message.clone(),
        problem.place.line,
        problem.place.column,
    )
}

#[test]
fn an_unknown_version_says_upgrade_and_nothing_else() {
    let tree = yaml::read("f", b"schema: countersign.policy/v2\nfuture: 1\n").expect("YAML");
    let (typed, problems) = POLICY.read::<PolicyInput>(&tree);
    assert!(typed.is_none());
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (
            problems[0].rule,
            problems[0].place.line,
            problems[0].place.column
        ),
        (RuleId::SchemaUnknown, 1, 9)
    );
    assert!(problems[0].help.starts_with("Upgrade Countersign"));
}

#[test]
fn another_documents_schema_is_not_a_newer_version() {
    assert_eq!(
        policy_problem("schema: countersign.decision/v1\n").0,
        RuleId::SchemaInvalid
    );
    assert_eq!(
        policy_problem("serial: 1\n").1,
        "the field `schema` is missing"
    );
    assert_eq!(policy_problem("").1, "the document is empty");
    assert_eq!(policy_problem("- a\n").1, "a list instead of fields");
}

#[test]
fn an_unknown_field_names_the_closest_known_one_of_its_object() {
    let (rule, message, line, column) =
        policy_problem("schema: countersign.policy/v1\nsujects: []\n");
    assert_eq!((rule, line, column), (RuleId::SchemaInvalid, 2, 1));
    assert_eq!(message, "unknown field `sujects`: did you mean `subjects`?");
    let nested = "schema: countersign.policy/v1\nprincipals:\n  ann: {kyes: []}\n";
    assert_eq!(
        policy_problem(nested),
        (
            RuleId::SchemaInvalid,
            "unknown field `kyes`: did you mean `keys`?".to_owned(),
            3,
            9
        )
    );
}

#[test]
fn types_and_words_are_explained_in_plain_terms() {
    let head = "schema: countersign.policy/v1\n";
    assert_eq!(
        policy_problem(&format!("{head}serial: seven\n")).1,
        "text instead of a whole number"
    );
    assert_eq!(
        policy_problem(&format!("{head}previous:\n")).1,
        "no value instead of text"
    );
    let profile = policy_problem(&format!("{head}profile: strickt\n")).1;
    assert_eq!(
        profile,
        "`strickt` is not one of `lenient`, `strict`: did you mean `strict`?"
    );
    let merge = policy_problem(&format!("{head}merge_methods: [merge, sqash]\n"));
    assert_eq!(
        (merge.1.as_str(), merge.2, merge.3),
        (
            "`sqash` is not one of `merge`, `squash`, `rebase`: did you mean `squash`?",
            2,
            24
        )
    );
    let name = policy_problem(&format!("{head}principals:\n  Ann: {{}}\n"));
    assert_eq!(
        (name.1.as_str(), name.2, name.3),
        ("the name `Ann` is not allowed here", 3, 3)
    );
}

#[test]
fn a_document_of_faults_gives_a_bounded_number_of_problems() {
    let items = "{a: [], b: x}, ".repeat(16_000);
    let yaml = format!("schema: countersign.policy/v1\nsubjects: [{items}]\nfoo: [{items}]");
    let tree = yaml::read("f", yaml.as_bytes()).expect("YAML");
    let (_, problems) = POLICY.read::<PolicyInput>(&tree);
    assert_eq!(problems.len(), MOST_PROBLEMS);
}
