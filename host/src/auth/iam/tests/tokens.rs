use super::super::testing::{ACCOUNT, ES256, ISSUER, RS256, SERVICE, claims};
use super::{Login, NOW};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

#[tokio::test]
async fn both_algorithms_are_accepted() {
    let login = Login::new(|_| {}).await;
    for header in [RS256, ES256] {
        let token = login.issuer.signed(header, &claims(SERVICE, NOW).to_string());
        let principal = login.iam.verify(&token).await.unwrap();
        assert_eq!(principal.claims.iam_id, SERVICE);
        assert_eq!(principal.claims.account, ACCOUNT);
        let policies: Vec<_> = principal.policies.iter().map(|name| name.as_str()).collect();
        assert_eq!(policies, ["default", "instance-reader"]);
    }
}

#[tokio::test]
async fn broken_headers_are_refused() {
    let login = Login::new(|_| {}).await;
    for (header, why) in [
        (r#"{"kid":"r","alg":"none"}"#, "RS256 or ES256"),
        (r#"{"kid":"r","alg":"None"}"#, "RS256 or ES256"),
        (r#"{"kid":"r","alg":"HS256"}"#, "RS256 or ES256"),
        (r#"{"kid":"r","alg":"RS512"}"#, "RS256 or ES256"),
        (r#"{"kid":"r","alg":"PS256"}"#, "RS256 or ES256"),
        (r#"{"kid":"r"}"#, "RS256 or ES256"),
        // The algorithm is the key's, not the token's.
        (r#"{"kid":"r","alg":"ES256"}"#, "RS256 or ES256"),
        (r#"{"kid":"e","alg":"RS256"}"#, "RS256 or ES256"),
        (r#"{"alg":"RS256"}"#, "kid"),
        (r#"{"kid":"other","alg":"RS256"}"#, "does not have"),
        (r#"{"kid":"r","alg":"RS256","crit":["x"]}"#, "critical"),
        (r#"{"kid":"r","alg":"RS256","alg":"RS256"}"#, "no JSON Web Token"),
        ("[]", "no JSON Web Token"),
        ("", "no JSON Web Token"),
    ] {
        let token = login.issuer.signed(header, &claims(SERVICE, NOW).to_string());
        let refusal = login.refusal(&token).await;
        assert!(refusal.contains(why), "{header}: {refusal:?}");
    }
}

#[tokio::test]
async fn a_signature_by_the_public_key_as_a_secret_is_refused() {
    let login = Login::new(|_| {}).await;
    let head = URL_SAFE_NO_PAD.encode(r#"{"kid":"r","alg":"HS256"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims(SERVICE, NOW).to_string());
    for signature in ["", "AAAA"] {
        let refusal = login.refusal(&format!("{head}.{body}.{signature}")).await;
        assert!(refusal.contains("RS256 or ES256"), "{refusal:?}");
    }
}

#[tokio::test]
async fn broken_claims_are_refused() {
    let login = Login::new(|settings| settings.audience = Some("us".into())).await;
    let good = |change: fn(&mut Value)| {
        let mut claims = claims(SERVICE, NOW);
        claims["aud"] = json!(["them", "us"]);
        change(&mut claims);
        claims.to_string()
    };
    type Case = (fn(&mut Value), &'static str);
    let cases: [Case; 16] = [
        (|_| {}, ""),
        (|claims| claims["exp"] = json!(NOW + 1), ""),
        (|claims| claims["iat"] = json!(NOW + 60), ""),
        (|claims| claims["exp"] = json!(NOW), "expired"),
        (|claims| claims["exp"] = json!(-1), "expired"),
        (|claims| claims["exp"] = json!("tomorrow"), "exp"),
        (|claims| claims["exp"] = Value::Null, "exp"),
        (|claims| claims["iat"] = json!(NOW + 61), "not valid yet"),
        (|claims| claims["nbf"] = json!(NOW + 3600), "not valid yet"),
        (|claims| claims["iss"] = json!("https://evil.example"), "issuer"),
        (|claims| claims["iss"] = json!([ISSUER]), "issuer"),
        (|claims| claims["aud"] = json!("them"), "aud"),
        (|claims| claims["aud"] = Value::Null, "aud"),
        (|claims| claims["account"]["bss"] = json!("other"), "account"),
        (|claims| claims["iam_id"] = json!(1), "iam_id"),
        (
            |claims| claims["iam_id"] = json!("iam-ServiceId-nobody"),
            "no role",
        ),
    ];
    for (change, why) in cases {
        let claims = good(change);
        let refusal = login.refusal(&login.issuer.signed(RS256, &claims)).await;
        assert_eq!(refusal.is_empty(), why.is_empty(), "{claims}: {refusal:?}");
        assert!(refusal.contains(why), "{claims}: {refusal:?}");
    }
}

#[tokio::test]
async fn claims_that_stand_twice_are_refused() {
    let login = Login::new(|_| {}).await;
    let claims = claims(SERVICE, NOW).to_string();
    for twice in [
        claims.replacen('{', r#"{"iam_id":"IBMid-root","#, 1),
        claims.replacen(r#""bss""#, r#""bss":"x","bss""#, 1),
    ] {
        let refusal = login.refusal(&login.issuer.signed(RS256, &twice)).await;
        assert!(refusal.contains("no JSON Web Token"), "{refusal:?}");
    }
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let login = Login::new(|_| {}).await;
    let token = login.issuer.token(SERVICE, NOW);
    assert_eq!(login.refusal(&token).await, "");
    for index in (0..token.len()).step_by(7) {
        let mut bytes = token.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_ne!(login.refusal(&changed).await, "", "byte {index}");
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let login = Login::new(|_| {}).await;
    let long = login
        .issuer
        .signed(RS256, &claims(&"x".repeat(100_000), NOW).to_string());
    assert!(long.len() > 100_000);
    for (token, why) in [
        (long.as_str(), "longer than 16 KiB"),
        ("", "no JSON Web Token"),
        ("a.b", "no JSON Web Token"),
        ("a.b.c", "no JSON Web Token"),
        ("....", "no JSON Web Token"),
        ("e30.e30.", "RS256 or ES256"),
    ] {
        let refusal = login.refusal(token).await;
        assert!(refusal.contains(why), "{token:.20}: {refusal:?}");
    }
}

#[tokio::test]
async fn keys_rotate() {
    let login = Login::new(|_| {}).await;
    let old = login.issuer.token(SERVICE, NOW);
    assert_eq!(login.refusal(&old).await, "");
    login.issuer.publish(&["r2", "e2"]);
    assert!(login.refusal(&old).await.contains("does not have"));
    let claims = claims(SERVICE, NOW).to_string();
    let new = login.issuer.signed(r#"{"kid":"r2","alg":"RS256"}"#, &claims);
    assert_eq!(login.refusal(&new).await, "");
}
