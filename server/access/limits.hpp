#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every limit of who may do what, with its unit and its reason.
namespace keyaki::server::access::limits {

using namespace std::chrono_literals;

/// Bytes of a key as it is sent: ours have 51.
inline constexpr std::size_t key_bytes = 256;
/// Bytes of a token as it is sent: one of Keycloak has 1 to 3 KB, with hundreds of groups in it 6; the whole head of a request may have 16.
inline constexpr std::size_t token_bytes = std::size_t{8} * 1024;
/// Bytes of the decoded header of a token: algorithm, type and the key's id take 100.
inline constexpr std::size_t token_header_bytes = 1024;
/// Levels of nesting in a token and in a set of keys: Keycloak's deepest is resource_access, client, roles, role.
inline constexpr std::size_t json_depth = 8;
/// Bytes of a key's id: a SHA-256 in base64url has 43.
inline constexpr std::size_t key_id_bytes = 200;
/// Bytes of a subject: OpenID Connect Core 1.0, section 2.
inline constexpr std::size_t subject_bytes = 255;
/// Bytes of the readable name beside the subject; the rest is left out.
inline constexpr std::size_t name_bytes = 64;
/// Audiences of one token, and scopes or groups in its claim: the token's size bounds them too.
inline constexpr std::size_t audiences = 32;
inline constexpr std::size_t groups = 1000;
/// Members of a claim's path, as in resource_access.keyaki.roles.
inline constexpr std::size_t claim_path_members = 4;
/// Seconds that an issuer's clock may differ from ours at most (RFC 7519, 4.1.4: "no more than a few minutes").
inline constexpr std::size_t clock_skew_s = 300;

/// Bytes of a set of keys, and keys in it: an issuer has two to four, each of 1 to 3 KB with its certificate.
inline constexpr std::size_t key_set_bytes = std::size_t{256} * 1024;
inline constexpr std::size_t keys = 100;
/// Bits of an RSA modulus: RFC 7518, 3.3 asks for 2048; above 8192 one signature takes a millisecond to check.
inline constexpr int rsa_bits_min = 2048;
inline constexpr int rsa_bits_max = 8192;

/// An issuer that is well is asked this often, so that a key that it has withdrawn is soon believed no more …
inline constexpr std::chrono::seconds refresh_interval = 10min;
/// … one that did not answer this often …
inline constexpr std::chrono::seconds retry_interval = 30s;
/// … and for a key that is not known no sooner than this after the last time, however many tokens name one.
inline constexpr std::chrono::seconds unknown_key_interval = 60s;
/// For so long the last keys are believed while the issuer cannot be asked: a night and a morning.
inline constexpr std::chrono::seconds key_keep_time = 24h;
/// A file with keys is looked at this often.
inline constexpr std::chrono::seconds file_interval = 2s;
/// One fetch, from the name's look-up to the last byte.
inline constexpr std::chrono::seconds fetch_deadline = 5s;
/// What Retry-After says while keys are on their way, and while there are none.
inline constexpr std::chrono::seconds keys_retry_after = 2s;

/// Failed attempts in a row from one address, or with one beginning of a key, before further ones are refused unseen: a person with a wrong key in
/// three programs makes ten. Then one more each two seconds.
inline constexpr std::int64_t attempts = 30;
inline constexpr std::chrono::microseconds attempt_interval = 2s;
/// Letters of a key that name it among failed attempts: "keyaki_" and 48 bits, which nobody hits by chance.
inline constexpr std::size_t key_prefix_bytes = 15;
/// Addresses, beginnings of keys, and keys that were right lately, that are remembered, each: 24 bytes. Past it those make room whose time is over
/// first.
inline constexpr std::size_t remembered = std::size_t{16} * 1024;
/// A key that was right is not turned away for what others at its address do: a weekend.
inline constexpr std::chrono::microseconds trusted_for = 72h;
/// Proxies in a row before a client: a city's own, its provider's, and one for luck.
inline constexpr std::size_t proxies = 8;

} // namespace keyaki::server::access::limits
