//! "Did you mean": the nearest known name.

/// Names longer than this are no slip of the pen, and comparing them costs time.
const NAME_CHARACTERS_MAX: usize = 64;

/// The candidate that is a slip or two away from `name`, if one is.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > NAME_CHARACTERS_MAX {
        return None;
    }
    let slips_max = if name.len() < 5 { 1 } else { 2 };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= NAME_CHARACTERS_MAX)
        .map(|candidate| (slips(name, candidate), candidate))
        .filter(|(slips, _)| (1..=slips_max).contains(slips))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance.
fn slips(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near() {
        let names = ["OrdersQueue", "OrdersDlq", "Arn"];
        assert_eq!(nearest("OrdersQueu", names), Some("OrdersQueue"));
        assert_eq!(nearest("OrderDlq", names), Some("OrdersDlq"));
        assert_eq!(nearest("Am", names), None);
        assert_eq!(nearest("Payments", names), None);
        assert_eq!(nearest("OrdersQueue", names), None, "the name itself is no suggestion");
    }
}
