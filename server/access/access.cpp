#include "server/access/access.hpp"

#include "data/sha256.hpp"
#include "server/access/client_address.hpp"
#include "server/access/limits.hpp"
#include "server/http/problem.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace keyaki::server::access {

namespace {

std::int64_t steady_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// RFC 6750, 3: without a credential the challenge names no error.
http::Response unauthorised(bool has_credential) {
    return http::problem(401, "Unauthorized", "This needs a valid key or token: Authorization: Bearer KEY.")
        .with("WWW-Authenticate", has_credential ? "Bearer realm=\"keyaki\", error=\"invalid_token\"" : "Bearer realm=\"keyaki\"");
}

/// draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it.
http::Response with_budget(http::Response response, std::int64_t remaining, std::chrono::seconds reset) {
    constexpr auto window = std::chrono::duration_cast<std::chrono::seconds>(limits::attempts * limits::attempt_interval);
    return std::move(response)
        .with("RateLimit-Policy", fmt::format("\"failed-attempts\";q={};w={}", limits::attempts, window.count()))
        .with("RateLimit", fmt::format("\"failed-attempts\";r={};t={}", remaining, reset.count()));
}

http::Response too_many(std::chrono::seconds wait) {
    return with_budget(
        http::problem(429, "Too Many Requests",
                      fmt::format("Too many attempts with a wrong key or token; this one was not looked at. Try again in {} s.", wait.count()),
                      "too-many-failed-attempts")
            .with("Retry-After", std::to_string(wait.count())),
        0, wait);
}

http::Response keys_unavailable() {
    return http::problem(503, {}, "The token cannot be judged yet, because the keys of its issuer are being fetched or cannot be had.",
                         "issuer-keys-unavailable")
        .with("Retry-After", std::to_string(limits::keys_retry_after.count()));
}

} // namespace

Access::Access(data::Store &store, Options options, KeySourceTimes times) : m_store(store), m_options(std::move(options)) {
    if (m_options.issuer.is_on()) {
        m_tokens.emplace(m_options.issuer, times);
    }
}

KeySourceFigures Access::figures() const { return m_tokens ? m_tokens->figures() : KeySourceFigures(); }

std::variant<Access::Credential, Refusal> Access::credential_of(const http::Request &request) {
    const auto fields = request.headers.all("Authorization");
    if (fields.empty()) {
        return Refusal::no_credential;
    }
    constexpr std::string_view scheme = "bearer ";
    const std::string_view field = fields.front();
    if (fields.size() != 1 || field.size() <= scheme.size() || !http::equal_ignoring_case(field.substr(0, scheme.size()), scheme)) {
        return Refusal::malformed_credential;
    }
    const std::string_view text = http::trim_blanks(field.substr(scheme.size()));
    const bool is_key = text.find('.') == std::string_view::npos;
    if (text.empty() || text.size() > (is_key ? limits::key_bytes : limits::token_bytes)) {
        return Refusal::malformed_credential;
    }
    return Credential{text, is_key};
}

std::variant<Identity, Refusal> Access::look_up_key(std::string_view secret) {
    const data::Hash hash = data::sha256(secret);
    const auto key = m_store.find_key(hash);
    const data::Hash found = key ? key->secret_hash : data::Hash{};
    if (CRYPTO_memcmp(hash.data(), found.data(), hash.size()) != 0 || !key) {
        return Refusal::unknown_key;
    }
    if (key->revoked_at_us) {
        return Refusal::revoked_key;
    }
    return Identity{key->id, author_text(key->name, "key " + key->id), key->scopes};
}

std::variant<Identity, Refusal> Access::look_up(const Credential &credential) {
    if (credential.is_key) {
        return look_up_key(credential.text);
    }
    return m_tokens ? m_tokens->verify(credential.text, now_us()) : Refusal::tokens_not_taken;
}

std::variant<Identity, http::Response> Access::identify(const http::Request &request) {
    const auto credential = credential_of(request);
    if (const auto *refusal = std::get_if<Refusal>(&credential)) {
        m_refusals.add(static_cast<std::size_t>(*refusal));
        return unauthorised(*refusal != Refusal::no_credential);
    }
    const auto &[text, is_key] = std::get<Credential>(credential);
    const Address client = client_address(request, m_options.trusted_proxies);
    const FailedAttempts::Attempt attempt = m_attempts.attempt(client, text, is_key);
    const std::int64_t now = steady_us();
    if (const auto wait = m_attempts.wait(attempt, now)) {
        m_refusals.add(static_cast<std::size_t>(Refusal::too_many_attempts)); // no line in the log: that is what a flood is made of
        return too_many(*wait);
    }
    auto found = look_up(std::get<Credential>(credential));
    if (const auto *refusal = std::get_if<Refusal>(&found)) {
        return answer_failure(*refusal, client, attempt, now);
    }
    m_attempts.succeed(attempt, now);
    return std::get<Identity>(std::move(found));
}

http::Response Access::answer_failure(Refusal refusal, const Address &client, const FailedAttempts::Attempt &attempt, std::int64_t now) {
    const std::string from = to_text(client);
    note(refusal, from);
    if (refusal == Refusal::keys_unavailable) {
        return keys_unavailable();
    }
    if (!is_failed_attempt(refusal)) {
        return unauthorised(true);
    }
    const FailedAttempts::Budget budget = m_attempts.fail(attempt, now);
    if (budget.has_just_run_out) {
        spdlog::warn("{} failed attempts in a row from {} or with this key: one more is looked at each {} s", limits::attempts, from,
                     std::chrono::duration_cast<std::chrono::seconds>(limits::attempt_interval).count());
    }
    return with_budget(unauthorised(true), budget.remaining, budget.reset);
}

http::Response Access::refuse_scope(const http::Request &request) {
    note(Refusal::missing_scope, to_text(client_address(request, m_options.trusted_proxies)));
    return http::problem(403, "Forbidden", "This key or token may not do that.");
}

void Access::note(Refusal refusal, const std::string &from) {
    m_refusals.add(static_cast<std::size_t>(refusal));
    spdlog::info("refused for {}, from {}", refusal_name(refusal), from);
}

} // namespace keyaki::server::access
