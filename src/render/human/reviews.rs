//! Recorded reviews against the forge, in words.

use crate::model::quantity::counted;
use std::fmt::Write as _;

use crate::render::escape;
use crate::render::reviews::VerifiedReview;

/// What differs, and how many do not.
pub fn reviews_verified(reviews: &[VerifiedReview]) -> String {
    let mut text = String::new();
    for review in reviews
        .iter()
        .filter(|review| !review.differences.is_empty())
    {
        let _ = writeln!(
            text,
            "{} {} by {}: {}",
            review.subject,
            review.version,
            review.principal,
            escape::terminal(&review.at.to_string())
        );
        let _ = writeln!(text, "  {}", escape::terminal(&review.path));
        for difference in &review.differences {
            let _ = writeln!(
                text,
                "  differs: {}",
                escape::terminal(&difference.to_string())
            );
        }
    }
    let differ = reviews
        .iter()
        .filter(|review| !review.differences.is_empty())
        .count();
    let _ = writeln!(
        text,
        "{}, {} as recorded, {differ} not",
        counted(reviews.len(), "recorded review"),
        reviews.len() - differ
    );
    text
}
