//! Whether people can be seated so that every requirement of a rule is met, by trying every way.

use super::history::Person;

/// One requirement: how many, of whom.
pub type Requirement = (usize, Vec<Person>);

/// Whether each requirement of a rule can be given as many people as it asks, no one twice.
pub fn seated(rule: &[Requirement], people: &[Person]) -> bool {
    let Some(((count, from), rest)) = rule.split_first() else {
        return true;
    };
    if *count == 0 {
        return false;
    }
    choose(*count, people, &mut |chosen: &[Person]| {
        let left: Vec<Person> = people
            .iter()
            .copied()
            .filter(|person| !chosen.contains(person))
            .collect();
        chosen.iter().all(|person| from.contains(person)) && seated(rest, &left)
    })
}

/// Whether some choice of `count` people satisfies `test`.
fn choose(count: usize, people: &[Person], test: &mut dyn FnMut(&[Person]) -> bool) -> bool {
    fn go(
        count: usize,
        people: &[Person],
        chosen: &mut Vec<Person>,
        test: &mut dyn FnMut(&[Person]) -> bool,
    ) -> bool {
        if chosen.len() == count {
            return test(chosen);
        }
        (0..people.len()).any(|index| {
            chosen.push(people[index]);
            let found = go(count, &people[index + 1..], chosen, test);
            chosen.pop();
            found
        })
    }
    go(count, people, &mut Vec::new(), test)
}
