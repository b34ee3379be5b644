// Tokens as strangers make them, held against an issuer's real keys: each is refused, for the reason that is meant.
#include "server/access/token_verifier.hpp"

#include "data/limits.hpp"
#include "tests/server/access/issuer.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace keyaki;
using namespace keyaki::server::access;
using nlohmann::json;
using test::Issuer;

namespace {

constexpr std::int64_t now_us = 1'775'000'000'000'000; // April 2026

/// A server that takes the issuer's tokens, and what it says of one.
class Judge {
  public:
    explicit Judge(const std::function<void(IssuerOptions &)> &change = [](IssuerOptions &) {})
        : m_verifier([&] {
              IssuerOptions options = Issuer::shared().options(m_folder.write("jwks.json", Issuer::shared().key_set()).string());
              change(options);
              return options;
          }()) {}

    /// "" for a token that is taken.
    std::string refusal(const std::string &token) {
        const auto found = m_verifier.verify(token, now_us);
        const auto *refusal = std::get_if<Refusal>(&found);
        return refusal == nullptr ? "" : std::string(refusal_name(*refusal));
    }
    Identity identity(const std::string &token) { return std::get<Identity>(m_verifier.verify(token, now_us)); }

  private:
    test::TemporaryFolder m_folder;
    TokenVerifier m_verifier;
};

const std::string header = R"({"alg":"RS256","typ":"JWT","kid":"rsa"})";

std::string rsa_token(const std::string &head, const std::string &payload) { return test::signed_token(Issuer::shared().rsa, head, payload); }

json claims() { return Issuer::claims(now_us); }

json claims_with(const std::string &claim, const json &value) {
    json all = claims();
    all[claim] = value;
    return all;
}

json claims_without(const std::string &claim) {
    json all = claims();
    all.erase(claim);
    return all;
}

std::string token_with(const std::string &claim, const json &value) { return Issuer::shared().token(claims_with(claim, value)); }

/// A token as somebody may send it, and why it is refused; "" where it is not.
struct Case {
    std::string what;
    std::string token;
    std::string refusal;
};

void check(Judge &judge, const std::vector<Case> &cases) {
    for (const auto &[what, token, refusal] : cases) {
        CAPTURE(what);
        CHECK(judge.refusal(token) == refusal);
    }
}

} // namespace

TEST_CASE("a token of the issuer says who it is and what was granted") {
    Judge judge;
    const Identity who = judge.identity(Issuer::shared().token(claims()));
    CHECK(who.client == "sso.example.jp/realms/city#7f3a0c1e");
    CHECK(who.author == "yamada (sso.example.jp/realms/city#7f3a0c1e)");
    CHECK(who.scopes == std::vector<std::string>{"layers:write:shelters"});
    const std::string payload = claims().dump();
    CHECK(judge.refusal(test::signed_token(Issuer::shared().p256, R"({"alg":"ES256","kid":"p256"})", payload)).empty());
    CHECK(judge.refusal(test::signed_token(Issuer::shared().ed25519, R"({"alg":"EdDSA","kid":"ed25519","typ":"application/at+jwt"})", payload))
              .empty());
}

TEST_CASE("a token's own word on algorithm, key and kind opens nothing") {
    Judge judge;
    const std::string payload = claims().dump();
    const std::string good = rsa_token(header, payload);
    const auto with_header = [&](const std::string &head) { return rsa_token(head, payload); };
    check(judge,
          {
              {"alg none, signature cut off", test::base64url(R"({"alg":"none"})") + "." + test::base64url(payload) + ".", "token_algorithm"},
              {"alg None", test::base64url(R"({"alg":"None","kid":"rsa"})") + "." + test::base64url(payload) + ".", "token_algorithm"},
              {"alg in small letters", with_header(R"({"alg":"rs256","kid":"rsa"})"), "token_algorithm"},
              {"no alg", with_header(R"({"typ":"JWT","kid":"rsa"})"), "token_algorithm"},
              {"alg is a list", with_header(R"({"alg":["RS256"],"kid":"rsa"})"), "token_algorithm"},
              {"HS256 with the public key in PEM as secret", test::hs256_token(Issuer::shared().rsa.pem(), R"({"alg":"HS256","kid":"rsa"})", payload),
               "token_algorithm"},
              {"HS256 with the modulus as secret",
               test::hs256_token(Issuer::shared().rsa.jwk("")["n"].get<std::string>(), R"({"alg":"HS256","kid":"rsa"})", payload), "token_algorithm"},
              {"RS256 that is an HMAC", test::hs256_token(Issuer::shared().rsa.pem(), header, payload), "token_signature"},
              {"PS256", with_header(R"({"alg":"PS256","kid":"rsa"})"), "token_algorithm"},
              {"RS512", with_header(R"({"alg":"RS512","kid":"rsa"})"), "token_algorithm"},
              {"RS1", with_header(R"({"alg":"RS1","kid":"rsa"})"), "token_algorithm"},
              {"ES256 by the name of the RSA key", test::signed_token(Issuer::shared().p256, R"({"alg":"ES256","kid":"rsa"})", payload), "token_key"},
              {"RS256 by the name of the EC key", with_header(R"({"alg":"RS256","kid":"p256"})"), "token_key"},
              {"a key that nobody has", with_header(R"({"alg":"RS256","kid":"../../etc/passwd"})"), "token_key"},
              {"an empty kid", with_header(R"({"alg":"RS256","kid":""})"), "token_malformed"},
              {"a kid that is a number", with_header(R"({"alg":"RS256","kid":7})"), "token_malformed"},
              {"a kid of a kilobyte", with_header(json{{"alg", "RS256"}, {"kid", std::string(500, 'k')}}.dump()), "token_malformed"},
              {"its own key in the header", with_header(json{{"alg", "RS256"}, {"kid", "mine"}, {"jwk", Issuer::shared().rsa.jwk("mine")}}.dump()),
               "token_key"},
              {"an address of keys", with_header(R"({"alg":"RS256","kid":"mine","jku":"https://evil.example/keys"})"), "token_key"},
              {"crit", with_header(R"({"alg":"RS256","kid":"rsa","crit":["exp"]})"), "token_critical"},
              {"an empty crit", with_header(R"({"alg":"RS256","kid":"rsa","crit":[]})"), "token_critical"},
              {"an unencoded payload", with_header(R"({"alg":"RS256","kid":"rsa","b64":false})"), "token_critical"},
              {"a token within", rsa_token(R"({"alg":"RS256","kid":"rsa","cty":"JWT"})", good), "token_type"},
              {"compressed", with_header(R"({"alg":"RS256","kid":"rsa","zip":"DEF"})"), "token_type"},
              {"encrypted, five parts", good + "." + test::base64url("x") + "." + test::base64url("y"), "token_malformed"},
              {"a logout token", with_header(R"({"alg":"RS256","kid":"rsa","typ":"logout+jwt"})"), "token_type"},
              {"a typ that is null", with_header(R"({"alg":"RS256","kid":"rsa","typ":null})"), "token_type"},
          });
}

TEST_CASE("tokens that are cut, stretched, changed or written in another way open nothing") {
    Judge judge;
    const std::string payload = claims().dump();
    const std::string good = rsa_token(header, payload);
    const std::string unsigned_part = good.substr(0, good.rfind('.'));
    const auto with_header = [&](const std::string &head) { return rsa_token(head, payload); };
    check(judge,
          {
              {"alg twice", with_header(R"({"alg":"none","alg":"RS256","kid":"rsa"})"), "token_malformed"},
              {"alg twice, once written otherwise", with_header(R"({"alg":"none","\u0061lg":"RS256","kid":"rsa"})"), "token_malformed"},
              {"a header that is a list", with_header("[]"), "token_malformed"},
              {"a header that is no JSON", with_header("alg=RS256"), "token_malformed"},
              {"a header with something behind it", with_header(header + "{}"), "token_malformed"},
              {"a header with a byte order mark", with_header("\xEF\xBB\xBF" + header), "token_malformed"},
              {"a header that is not UTF-8", with_header("{\"alg\":\"RS256\",\"x\":\"\xFF\"}"), "token_malformed"},
              {"a header nested a hundred deep",
               with_header(R"({"alg":"RS256","kid":"rsa","x":)" + std::string(100, '[') + std::string(100, ']') + "}"), "token_malformed"},
              {"a header of two kilobytes", with_header(json{{"alg", "RS256"}, {"kid", "rsa"}, {"x", std::string(2000, 'x')}}.dump()),
               "token_malformed"},
              {"a number beyond a double", with_header(R"({"alg":"RS256","kid":"rsa","x":1e999})"), "token_malformed"},
              {"another payload under the signature",
               test::base64url(header) + "." + test::base64url(claims_with("sub", "root").dump()) + good.substr(good.rfind('.')), "token_signature"},
              {"another header over the signature", test::base64url(header + " ") + good.substr(good.find('.')), "token_signature"},
              {"an empty signature", unsigned_part + ".", "token_signature"},
              {"half a signature", good.substr(0, good.size() - 102), "token_signature"},
              {"a signature with a letter more", good + "A", "token_signature"},
              {"padding", good + "=", "token_malformed"},
              {"white space within", unsigned_part + ". " + good.substr(good.rfind('.') + 1), "token_malformed"},
              {"two parts", unsigned_part, "token_malformed"},
              {"full stops alone", "..", "token_malformed"},
              {"nothing", "", "token_malformed"},
              {"nine kilobytes", rsa_token(header, claims_with("x", std::string(9000, 'x')).dump()), "token_malformed"},
          });
    // Each way to cut a good one short.
    for (std::size_t length = 0; length < good.size(); length += 7) {
        CHECK_FALSE(judge.refusal(good.substr(0, length)).empty());
    }
    CHECK(judge.refusal(good).empty());
}

TEST_CASE("signatures of ECDSA that only look like one open nothing") {
    Judge judge;
    const std::string head = R"({"alg":"ES256","kid":"p256"})";
    const std::string part = test::base64url(head) + "." + test::base64url(claims().dump());
    const std::string good = Issuer::shared().p256.signature(part);
    CHECK(judge.refusal(part + "." + test::base64url(good)).empty());
    const std::string all_zero(64, '\0');
    const std::string all_one(64, '\xFF');
    const std::string der = "\x30\x06\x02\x01\x01\x02\x01\x01"; // the form that OpenSSL itself reads
    for (const std::string &bytes :
         {all_zero, all_one, std::string(good.substr(0, 32) + std::string(32, '\0')), good.substr(0, 63), good + good, der, std::string()}) {
        CHECK(judge.refusal(part + "." + test::base64url(bytes)) == "token_signature");
    }
}

TEST_CASE("claims that are not for us open nothing, though the issuer has signed them") {
    Judge judge;
    const std::int64_t now_s = now_us / 1'000'000;
    const Issuer &issuer = Issuer::shared();
    check(judge, {
                     {"no iss", issuer.token(claims_without("iss")), "token_claims"},
                     {"another iss", token_with("iss", "https://sso.example.jp/realms/other"), "token_issuer"},
                     {"iss with a slash more", token_with("iss", std::string(Issuer::name) + "/"), "token_issuer"},
                     {"iss as a list", token_with("iss", {Issuer::name}), "token_claims"},
                     {"no aud", issuer.token(claims_without("aud")), "token_claims"},
                     {"another aud", token_with("aud", "account"), "token_audience"},
                     {"aud in other letters", token_with("aud", "Keyaki"), "token_audience"},
                     {"several aud, not ours", token_with("aud", {"account", "qgis"}), "token_audience"},
                     {"several aud, ours among them", token_with("aud", {"account", "keyaki"}), ""},
                     {"an empty list of aud", token_with("aud", json::array()), "token_audience"},
                     {"aud with a number in it", token_with("aud", {"keyaki", 7}), "token_claims"},
                     {"aud as an object", token_with("aud", {{"keyaki", true}}), "token_claims"},
                     {"too many aud", token_with("aud", std::vector<std::string>(33, "keyaki")), "token_claims"},
                     {"no exp", issuer.token(claims_without("exp")), "token_claims"},
                     {"exp as text", token_with("exp", std::to_string(now_s + 300)), "token_claims"},
                     {"exp below zero", token_with("exp", -1), "token_claims"},
                     {"exp in the year 300000", token_with("exp", 1e13), "token_claims"},
                     {"over for an hour", token_with("exp", now_s - 3600), "token_expired"},
                     {"over for just the skew", token_with("exp", now_s - 60), "token_expired"},
                     {"over for less than the skew", token_with("exp", now_s - 59), ""},
                     {"a fraction of a second", token_with("exp", static_cast<double>(now_s) + 0.5), ""},
                     {"not yet", token_with("nbf", now_s + 3600), "token_not_yet"},
                     {"nearly", token_with("nbf", now_s + 60), ""},
                     {"nbf as text", token_with("nbf", "now"), "token_claims"},
                     {"iat as text", token_with("iat", "now"), "token_claims"},
                     {"no sub", issuer.token(claims_without("sub")), "token_claims"},
                     {"an empty sub", token_with("sub", ""), "token_claims"},
                     {"a sub with a blank", token_with("sub", "a b"), "token_claims"},
                     {"a sub with a line's end", token_with("sub", "a\nb"), "token_claims"},
                     {"a sub of 256 letters", token_with("sub", std::string(256, 's')), "token_claims"},
                     {"an ID token of Keycloak", token_with("typ", "ID"), "token_type"},
                     {"a refresh token of Keycloak", token_with("typ", "Refresh"), "token_type"},
                     {"sub twice", rsa_token(header, R"({"sub":"root",)" + claims().dump().substr(1)), "token_claims"},
                     {"claims that are a list", rsa_token(header, "[]"), "token_claims"},
                     {"claims that are no JSON", rsa_token(header, "sub=root"), "token_claims"},
                     {"no claims", rsa_token(header, ""), "token_claims"},
                     {"claims nested a thousand deep", rsa_token(header, std::string(1000, '[') + std::string(1000, ']')), "token_claims"},
                 });
}

TEST_CASE("what stands in the scope claim is granted as it is, or by the map alone where there is one") {
    const auto scopes = [](Judge &judge, const json &all) { return judge.identity(Issuer::shared().token(all)).scopes; };
    Judge direct;
    CHECK(scopes(direct, claims_with("scope", "openid layers:write  layers:write layers:delete members:read")) ==
          std::vector<std::string>{"layers:write", "members:read"});
    CHECK(scopes(direct, claims_with("scope", {"layers:publish:spots", 7, nullptr})) == std::vector<std::string>{"layers:publish:spots"});
    CHECK(scopes(direct, claims_with("scope", 7)).empty());
    CHECK(scopes(direct, claims_without("scope")).empty());

    Judge mapped([](IssuerOptions &options) {
        options.scope_claim = "resource_access.keyaki.roles";
        options.scope_map = {{"gis", {"layers:write", "layers:publish"}}, {"desk", {"layers:write:shelters", "layers:publish"}}};
    });
    json all = claims();
    all["resource_access"] = {{"keyaki", {{"roles", {"desk", "gis", "ledger:write", "offline_access"}}}}};
    CHECK(scopes(mapped, all) == std::vector<std::string>{"layers:write:shelters", "layers:publish", "layers:write"});
    all["resource_access"]["keyaki"] = "roles";
    CHECK(scopes(mapped, all).empty());

    Judge dotted([](IssuerOptions &options) { options.scope_claim = "https://example.jp/groups"; });
    CHECK(scopes(dotted, claims_with("https://example.jp/groups", {"layers:write"})) == std::vector<std::string>{"layers:write"});
}

TEST_CASE("an author can be read, is never longer than an author may be, and carries nothing that a screen cannot show") {
    Judge judge;
    const auto author = [&](const json &all) { return judge.identity(Issuer::shared().token(all)).author; };
    CHECK(author(claims_with("preferred_username", "山田 太郎")) == "山田 太郎 (sso.example.jp/realms/city#7f3a0c1e)");
    CHECK(author(claims_without("preferred_username")) == "sso.example.jp/realms/city#7f3a0c1e");
    CHECK(author(claims_with("preferred_username", "a\nb")) == "a (sso.example.jp/realms/city#7f3a0c1e)");
    CHECK(author(claims_with("preferred_username", 7)) == "sso.example.jp/realms/city#7f3a0c1e");
    const std::string long_name = author(claims_with("preferred_username", std::string(63, 'n') + "欅")); // cut within the character
    CHECK(long_name.rfind(std::string(63, 'n') + " (", 0) == 0);
    const Identity long_subject = judge.identity(Issuer::shared().token(claims_with("sub", std::string(255, 's'))));
    CHECK(long_subject.client.rfind("token:", 0) == 0);
    CHECK(long_subject.author.size() <= data::identifier_bytes_max);
    CHECK(long_subject.client != judge.identity(Issuer::shared().token(claims_with("sub", std::string(254, 's')))).client);
    CHECK(author_text("gis desk", "key 01KB3ZV4J7M3Q1N1J6D3X0H7QT") == "gis desk (key 01KB3ZV4J7M3Q1N1J6D3X0H7QT)");
    CHECK(author_text(std::string(200, 'n'), std::string(180, 'c')) == std::string(180, 'c'));
}
