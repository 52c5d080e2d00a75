use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn name(number: u8) -> TagName {
    TagName::new(&number.to_string()).unwrap()
}

proptest! {
    #[test]
    fn tags_and_fields_are_maps(given in proptest::collection::vec((0_u8..30, 0_i64..5), 0..40)) {
        let mut map = BTreeMap::new();
        let (mut tags, mut fields) = (Tags::default(), Fields::default());
        for (number, value) in &given {
            let text: Arc<str> = value.to_string().into();
            let field = FieldName::new(&number.to_string()).unwrap();
            let before = map.insert(name(*number), *value);
            prop_assert_eq!(tags.insert(name(*number), Arc::clone(&text)), before.map(|value| value.to_string().into()));
            prop_assert_eq!(fields.insert(field, FieldValue::Int(*value)), before.map(FieldValue::Int));
        }
        let sorted: Vec<_> = map.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let texts: Vec<_> = tags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        prop_assert_eq!(&texts, &sorted);
        let plain = |value: &FieldValue| if let FieldValue::Int(value) = value { value.to_string() } else { String::new() };
        let texts: Vec<_> = fields.iter().map(|(name, value)| (name.to_string(), plain(value))).collect();
        prop_assert_eq!(&texts, &sorted);
        for number in 0..30 {
            let text = number.to_string();
            prop_assert_eq!(tags.get(text.as_str()).map(ToString::to_string), map.get(text.as_str()).map(ToString::to_string));
            let known = map.get(text.as_str()).copied().map(FieldValue::Int);
            prop_assert_eq!(fields.get(text.as_str()), known.as_ref());
        }
        let collected: Tags = given.iter().map(|(number, value)| (name(*number), value.to_string().into())).collect();
        prop_assert_eq!(collected, tags);
    }
}

#[test]
fn tags_are_shared_until_one_is_changed() {
    let tags: Tags = [(name(1), "a".into())].into();
    assert_eq!(tags.shared(), None);
    let mut other = tags.clone();
    assert!(tags.shared().is_some());
    assert_eq!(tags.shared(), other.shared());
    other.insert(name(2), "b".into());
    assert_eq!((tags.len(), other.len(), tags.shared(), other.shared()), (1, 2, None, None));
}

#[test]
fn a_single_field_takes_no_memory_of_its_own() {
    let fields: Fields = [(FieldName::new("value").unwrap(), FieldValue::Bool(true))].into();
    assert!(!fields.0.spilled());
    assert!(size_of::<Fields>() <= 48);
}
