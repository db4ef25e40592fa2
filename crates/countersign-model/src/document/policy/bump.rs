//! Raising a policy's serial in its own text, with every comment and the layout kept.

use crate::document::Problem;
use crate::document::{private_key, yaml};
use crate::{Digest, Policy, RuleId};

/// Raises `serial` above `in_force` unless it is above already, and makes `previous` name the
/// policy in force.
///
/// Only those two values change; a policy without `previous` gets one after `serial`. The result is
/// parsed again, so that an unusual layout can never give another meaning.
pub fn bump(text: &[u8], in_force: u64, previous: &Digest) -> Result<String, Vec<Problem>> {
    let private = private_key::problems(RuleId::PolicyInvalid, Policy::PATH, text);
    if !private.is_empty() {
        return Err(private);
    }
    let tree = yaml::read(Policy::PATH, text)?;
    let at = |pointer: &str, message: &str| {
        vec![tree.problem(
            RuleId::PolicyInvalid,
            pointer,
            message,
            "Write `serial: 1` on a line of its own.",
        )]
    };
    if !tree.has("/serial") {
        return Err(at("", "the serial is missing"));
    }
    let Some(serial) = tree
        .value
        .pointer("/serial")
        .and_then(serde_json::Value::as_u64)
    else {
        return Err(at("/serial", "the serial is not a whole number"));
    };
    let next = if serial > in_force {
        serial
    } else {
        in_force + 1
    };
    let mut edits: Vec<((usize, usize), String)> = vec![(tree.span("/serial"), next.to_string())];
    if tree.has("/previous") {
        edits.push((tree.span("/previous"), previous.to_string()));
    } else {
        edits.push(insertion(
            tree.text(),
            tree.key_span("/serial").0,
            tree.span("/serial").1,
            previous,
        ));
    }
    edits.sort();
    let mut bumped = tree.text().to_owned();
    for ((start, end), new) in edits.into_iter().rev() {
        bumped.replace_range(start..end, &new);
    }
    let again = yaml::read(Policy::PATH, bumped.as_bytes())?;
    let mut wanted = tree.value.clone();
    if let Some(fields) = wanted.as_object_mut() {
        fields.insert("serial".to_owned(), next.into());
        fields.insert("previous".to_owned(), previous.to_string().into());
    }
    if again.value == wanted {
        Ok(bumped)
    } else {
        Err(at(
            "/serial",
            "cannot edit the text around the serial safely",
        ))
    }
}

/// A new line after the serial's, or in a flow mapping a new field behind it.
fn insertion(
    text: &str,
    key: usize,
    value_end: usize,
    previous: &Digest,
) -> ((usize, usize), String) {
    let line_start = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line_start..key];
    if !indent.trim().is_empty() {
        return ((value_end, value_end), format!(", previous: {previous}"));
    }
    let ending = if text[line_start..]
        .split('\n')
        .next()
        .is_some_and(|line| line.ends_with('\r'))
    {
        "\r\n"
    } else {
        "\n"
    };
    match text[value_end..].find('\n') {
        Some(end) => (
            (value_end + end + 1, value_end + end + 1),
            format!("{indent}previous: {previous}{ending}"),
        ),
        None => (
            (text.len(), text.len()),
            format!("\n{indent}previous: {previous}\n"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest() -> Digest {
        Digest::of(b"in force")
    }

    #[test]
    fn only_serial_and_previous_change() {
        let text =
            "# Ours.\nschema: countersign.policy/v1\nserial:   7   # keep me\n\nteams: {a: [b]}\n";
        let bumped = bump(text.as_bytes(), 7, &digest()).expect("a plain policy");
        let previous = digest();
        assert_eq!(
            bumped,
            format!(
                "# Ours.\nschema: countersign.policy/v1\nserial:   8   # keep me\nprevious: {previous}\n\nteams: {{a: [b]}}\n"
            )
        );
        assert_eq!(
            bump(bumped.as_bytes(), 7, &digest()).as_deref(),
            Ok(bumped.as_str()),
            "once is enough"
        );
    }

    #[test]
    fn an_old_previous_is_replaced_wherever_it_is() {
        let old = Digest::of(b"older");
        for text in [
            format!("previous: \"{old}\" # older\nserial: 7\n"),
            format!("serial: 7\r\nprevious: {old}\r\nbranch: main\r\n"),
            format!("{{serial: 7, previous: {old}}}"),
        ] {
            let bumped = bump(text.as_bytes(), 9, &digest()).expect("a plain policy");
            assert!(
                bumped.contains("serial: 10")
                    && bumped.contains(&digest().to_string())
                    && !bumped.contains(&old.hex()),
                "{bumped}"
            );
            assert_eq!(bumped.matches('\r').count(), text.matches('\r').count());
        }
    }

    #[test]
    fn odd_layouts_keep_their_meaning() {
        for text in [
            "{serial: 7}",
            "serial: 7",
            "serial: 7 # last\r\n",
            "{\n  serial: 7,\n  branch: main\n}\n",
        ] {
            match bump(text.as_bytes(), 7, &digest()) {
                Ok(bumped) => assert!(bumped.contains("serial: 8"), "{bumped}"),
                Err(problems) => assert!(!problems.is_empty()),
            }
        }
        assert!(bump(b"serial: seven\n", 1, &digest()).is_err());
        assert!(bump(b"branch: main\n", 1, &digest()).is_err());
        assert!(bump(b"serial: [\n", 1, &digest()).is_err());
    }
}
