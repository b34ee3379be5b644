#include "server/access/key_set.hpp"

#include "geo/error.hpp"
#include "tests/server/access/issuer.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server::access;
using nlohmann::json;
using test::SigningKey;

namespace {

std::string set_of(std::vector<json> keys) { return json{{"keys", std::move(keys)}}.dump(); }

std::string refusal(const std::string &text) {
    try {
        const KeySet keys(text);
    } catch (const geo::Error &error) {
        CHECK(error.kind() == geo::ErrorKind::invalid_input);
        return error.what();
    }
    return "";
}

/// What a set says of one key beside a good one.
std::string note_on(const json &key) {
    const KeySet keys(set_of({test::Issuer::shared().ed25519.jwk("good"), key}));
    CHECK(keys.size() == 1);
    return keys.notes().empty() ? "" : keys.notes().front();
}

json with(json key, const std::string &member, const json &value) {
    key[member] = value;
    return key;
}

KeySet::Judgement judge(const KeySet &keys, const std::string &token) { return keys.judge(std::get<Token>(parse_token(token))); }

} // namespace

TEST_CASE("of each kind of key that tokens are signed with a set gives one, and verifies with it alone") {
    const test::Issuer &issuer = test::Issuer::shared();
    const KeySet keys(issuer.key_set());
    CHECK(keys.size() == 3);
    CHECK(keys.notes().empty());
    const auto header = [](const std::string &algorithm, const std::string &id) { return json{{"alg", algorithm}, {"kid", id}}.dump(); };
    CHECK(judge(keys, signed_token(issuer.rsa, header("RS256", "rsa"), "{}")) == KeySet::Judgement::good);
    CHECK(judge(keys, signed_token(issuer.p256, header("ES256", "p256"), "{}")) == KeySet::Judgement::good);
    CHECK(judge(keys, signed_token(issuer.ed25519, header("EdDSA", "ed25519"), "{}")) == KeySet::Judgement::good);
    // By the right name and with the wrong key; by the name of a key of another kind; by no name at all.
    CHECK(judge(keys, signed_token(SigningKey(SigningKey::Kind::p256), header("ES256", "p256"), "{}")) == KeySet::Judgement::forged);
    CHECK(judge(keys, signed_token(issuer.p256, header("ES256", "rsa"), "{}")) == KeySet::Judgement::unknown_key);
    CHECK(judge(keys, signed_token(issuer.ed25519, header("RS256", "ed25519"), "{}")) == KeySet::Judgement::unknown_key);
    CHECK(judge(keys, signed_token(issuer.p256, R"({"alg":"ES256"})", "{}")) == KeySet::Judgement::good); // the only one it can mean
}

TEST_CASE("a token without a key's id is only believed where there is one key that it can mean") {
    const test::Issuer &issuer = test::Issuer::shared();
    const SigningKey second(SigningKey::Kind::p256);
    const KeySet keys(set_of({issuer.p256.jwk("a"), second.jwk("b")}));
    CHECK(judge(keys, signed_token(issuer.p256, R"({"alg":"ES256"})", "{}")) == KeySet::Judgement::unknown_key);
    const KeySet same(set_of({issuer.p256.jwk("a"), second.jwk("a")})); // RFC 7517, 4.5 lets an id stand twice
    CHECK(judge(same, signed_token(second, R"({"alg":"ES256","kid":"a"})", "{}")) == KeySet::Judgement::good);
}

TEST_CASE("weak, private, shared and wrong keys are left out, each with its reason") {
    const test::Issuer &issuer = test::Issuer::shared();
    const json rsa = issuer.rsa.jwk("k");
    const json p256 = issuer.p256.jwk("k");
    CHECK(note_on(SigningKey(SigningKey::Kind::rsa, 1024).jwk("k")).find("1024 bits") != std::string::npos);
    CHECK(note_on(with(rsa, "e", test::base64url("\x03"))).find("exponent") != std::string::npos);
    CHECK(note_on(with(rsa, "e", test::base64url(std::string("\x01\x00\x00", 3)))).find("exponent") != std::string::npos);
    CHECK(note_on(with(rsa, "n", test::base64url(std::string(2000, '\xFF')))).find("at most 8192") != std::string::npos);
    CHECK(note_on(with(rsa, "n", "not base64url!")).find("modulus") != std::string::npos);
    CHECK(note_on(with(rsa, "d", "AQAB")).find("private") != std::string::npos);
    CHECK(note_on({{"kty", "oct"}, {"kid", "k"}, {"k", test::base64url("a secret of thirty-two bytes....")}}).find("shared secret") !=
          std::string::npos);
    CHECK(note_on(with(rsa, "alg", "RS512")).find("another algorithm") != std::string::npos);
    CHECK(note_on(with(p256, "y", p256["x"])).find("no point of P-256") != std::string::npos);
    CHECK(note_on(with(p256, "x", "AA")).find("32 bytes") != std::string::npos);
    CHECK(note_on(SigningKey(SigningKey::Kind::p384).jwk("k")).find("another curve") != std::string::npos);
    CHECK(note_on({{"kty", "OKP"}, {"crv", "X25519"}, {"x", test::base64url(std::string(32, 'x'))}}).find("another curve") != std::string::npos);
    CHECK(note_on({{"kty", "unheard-of"}}) == "key 2 is left out: it is of a kind that signs no tokens here");
}

TEST_CASE("keys that the issuer has for something else are passed over without a word") {
    const json rsa = test::Issuer::shared().rsa.jwk("k");
    CHECK(note_on(with(rsa, "use", "enc")).empty()); // Keycloak's RSA-OAEP key
    CHECK(note_on(with(rsa, "key_ops", {"encrypt"})).empty());
    CHECK(KeySet(set_of({with(rsa, "key_ops", {"verify"})})).size() == 1);
}

TEST_CASE("what is no key set is refused whole") {
    for (const std::string text :
         {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1,"a"]})", R"({"keys":[]}x)", R"({"keys":[],"keys":[]})"}) {
        CAPTURE(text);
        CHECK_FALSE(refusal(text).empty());
    }
    CHECK(refusal(set_of(std::vector<json>(101, test::Issuer::shared().p256.jwk("k")))).find("at most 100") != std::string::npos);
    CHECK_FALSE(refusal(R"({"pad":")" + std::string(300'000, 'x') + R"(","keys":[]})").empty());
    CHECK(refusal(set_of({SigningKey(SigningKey::Kind::rsa, 1024).jwk("k")})).find("has no key that tokens could be verified with") !=
          std::string::npos);
}
