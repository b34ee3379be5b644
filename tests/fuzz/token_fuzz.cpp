// Bearer tokens and sets of keys: the parser takes only what is written in one way, nothing unsigned is believed, and what is claimed stays within
// its limits.
#include "data/identifier.hpp"
#include "geo/error.hpp"
#include "server/access/base64url.hpp"
#include "server/access/claims.hpp"
#include "server/access/key_set.hpp"
#include "server/access/limits.hpp"
#include "server/access/scopes.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

using namespace keyaki;
using namespace keyaki::server::access;

namespace {

/// The public key of RFC 8037, appendix A: nobody signs with it here, so no token is good.
const KeySet &keys() {
    static const KeySet set(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    return set;
}

void try_token(std::string_view text) {
    const auto parsed = parse_token(text);
    const auto *token = std::get_if<Token>(&parsed);
    if (token == nullptr) {
        return;
    }
    KEYAKI_FUZZ_REQUIRE(text.size() <= limits::token_bytes && text.starts_with(token->signed_text));
    KEYAKI_FUZZ_REQUIRE(std::count(text.begin(), text.end(), '.') == 2);
    KEYAKI_FUZZ_REQUIRE(!token->key_id || (!token->key_id->empty() && token->key_id->size() <= limits::key_id_bytes));
    KEYAKI_FUZZ_REQUIRE(decode_base64url(text.substr(token->signed_text.size() + 1)) == token->signature);
    KEYAKI_FUZZ_REQUIRE(keys().judge(*token) != KeySet::Judgement::good);
}

void try_claims(std::string_view payload, bool has_map) {
    IssuerOptions options;
    options.issuer = "https://i";
    options.audiences = {"a"};
    if (has_map) {
        options.scope_map = {{"g", {"layers:write", "layers:write:s"}}};
    }
    const auto read = read_claims(payload, options, 1'000'000'000);
    const auto *who = std::get_if<Identity>(&read);
    if (who == nullptr) {
        return;
    }
    KEYAKI_FUZZ_REQUIRE(data::is_identifier(who->client) && data::is_identifier(who->author));
    KEYAKI_FUZZ_REQUIRE(who->scopes.size() <= limits::groups && std::all_of(who->scopes.begin(), who->scopes.end(), is_scope));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t kind = input.number();
    const std::string_view text = input.rest();
    switch (kind % 4) {
    case 0: try_token(text); break;
    case 1:
    case 2: try_claims(text, kind % 4 == 1); break;
    default:
        try {
            const KeySet set(text);
            KEYAKI_FUZZ_REQUIRE(set.size() > 0 && set.size() <= limits::keys);
        } catch (const geo::Error &error) {
            KEYAKI_FUZZ_REQUIRE(error.kind() == geo::ErrorKind::invalid_input);
        }
    }
    return 0;
}
