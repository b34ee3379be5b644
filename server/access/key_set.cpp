#include "server/access/key_set.hpp"

#include "geo/error.hpp"
#include "server/access/limits.hpp"
#include "server/access/public_key.hpp"
#include "server/access/strict_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace keyaki::server::access {

namespace {

using nlohmann::json;

/// RFC 7517, 4.2 and 4.3: what the issuer wants the key to be used for.
bool is_for_verifying(const json &jwk) {
    if (jwk.contains("use") && text_at(jwk, "use") != "sig") {
        return false;
    }
    const auto operations = jwk.find("key_ops");
    return operations == jwk.end() || (operations->is_array() && std::find(operations->begin(), operations->end(), "verify") != operations->end());
}

/// How a note calls a key: by its id where that can be shown, else by its place.
std::string name_of(const json &jwk, std::size_t place) {
    const auto found = jwk.find("kid");
    return found != jwk.end() && found->is_string() ? fmt::format("the key {}", found->dump(-1, ' ', true).substr(0, limits::key_id_bytes))
                                                    : fmt::format("key {}", place + 1);
}

} // namespace

struct KeySet::Key {
    std::string id; ///< empty: the set gives it none
    PublicKey key;
};

KeySet::~KeySet() = default;
KeySet::KeySet(KeySet &&) noexcept = default;
KeySet &KeySet::operator=(KeySet &&) noexcept = default;

std::size_t KeySet::size() const noexcept { return m_keys.size(); }

KeySet::KeySet(std::string_view text) {
    const auto set = text.size() > limits::key_set_bytes ? nullptr : parse_strict_object(text);
    const json *list = set && set->contains("keys") ? &(*set)["keys"] : nullptr;
    if (list == nullptr || !list->is_array() || list->size() > limits::keys) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a JSON Web Key Set, which is an object whose \"keys\" are an array of at most {}", limits::keys));
    }
    for (std::size_t place = 0; place < list->size(); ++place) {
        const json &jwk = (*list)[place];
        if (!jwk.is_object() || !is_for_verifying(jwk)) {
            continue; // as RFC 7517, 5 asks: keys for something else are no mistake
        }
        const auto note = [&](std::string_view fault) { m_notes.push_back(fmt::format("{} is left out: it {}", name_of(jwk, place), fault)); };
        if (jwk.contains("d") || jwk.contains("k")) {
            note("is private or a shared secret, and must not stand in such a set");
            continue;
        }
        auto made = PublicKey::from_jwk(jwk);
        if (const auto *fault = std::get_if<std::string>(&made)) {
            note(*fault);
            continue;
        }
        auto &key = std::get<PublicKey>(made);
        if (jwk.contains("alg") && text_at(jwk, "alg") != algorithm_name(key.algorithm())) {
            note(fmt::format("is for another algorithm than {}", algorithm_name(key.algorithm())));
            continue;
        }
        m_keys.push_back({std::string(text_at(jwk, "kid")), std::move(key)});
    }
    if (m_keys.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the JSON Web Key Set has no key that tokens could be verified with{}{}",
                                                                    m_notes.empty() ? "" : ": ", fmt::join(m_notes, "; ")));
    }
}

KeySet::Judgement KeySet::judge(const Token &token) const {
    std::size_t fitting = 0;
    const Key *last = nullptr;
    for (const Key &key : m_keys) {
        if (key.key.algorithm() != token.algorithm || (token.key_id && key.id != *token.key_id)) {
            continue;
        }
        ++fitting;
        last = &key;
        // RFC 7517, 4.5: an id may stand twice; then each may have made the signature.
        if (token.key_id && key.key.verifies(token.signed_text, token.signature)) {
            return Judgement::good;
        }
    }
    if (token.key_id) {
        return fitting > 0 ? Judgement::forged : Judgement::unknown_key;
    }
    // Without an id a token can only mean the one key that there is.
    if (fitting != 1) {
        return Judgement::unknown_key;
    }
    return last->key.verifies(token.signed_text, token.signature) ? Judgement::good : Judgement::forged;
}

} // namespace keyaki::server::access
