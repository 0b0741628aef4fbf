use super::model::Model;
use super::*;

#[test]
fn it_runs_in_the_configuration_that_is_documented() {
    let rng = Model::default();
    assert_eq!(start(&rng), Ok(()));
    assert_eq!(rng.setup(), (0x00F0_0D04, 0xAA74));
    let words = [word(&rng), word(&rng)];
    assert_ne!(words[0], words[1]);
    assert!(words.iter().all(Result::is_ok));
}

#[test]
fn a_seed_that_fails_at_the_start_is_made_anew_and_not_for_ever() {
    for bad_starts in 0..6 {
        let rng = Model::with(|rng| rng.bad_starts = bad_starts);
        assert_eq!(start(&rng).is_ok(), bad_starts < TRIES, "{bad_starts}");
        assert_eq!(word(&rng).is_ok(), bad_starts < TRIES);
    }
}

#[test]
fn a_seed_that_fails_later_is_an_error_from_then_on() {
    let rng = Model::with(|rng| rng.fails_after = Some(3));
    assert_eq!(start(&rng), Ok(()));
    assert!(word(&rng).is_ok() && word(&rng).is_ok());
    for _ in 0..5 {
        assert_eq!(word(&rng), Err(EntropyError));
    }
}

#[test]
fn a_word_of_zeros_and_a_dead_block_are_errors() {
    for broken in [
        Model::with(|rng| rng.gives_zeros = true),
        Model::with(|rng| rng.is_dead = true),
    ] {
        assert_eq!(start(&broken), Err(EntropyError));
    }
}
