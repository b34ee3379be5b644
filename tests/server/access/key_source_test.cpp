#include "server/access/key_source.hpp"

#include "geo/error.hpp"
#include "server/access/https_fetch.hpp"
#include "server/access/token_verifier.hpp"
#include "server/time.hpp"
#include "tests/server/access/issuer.hpp"
#include "tests/server/access/tls_server.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>

using namespace keyaki;
using namespace keyaki::server::access;
using namespace std::chrono_literals;
using test::Issuer;
using test::SigningKey;

namespace {

/// Asks until it holds; false after ten seconds.
[[nodiscard]] bool comes_true(const std::function<bool()> &holds) { return test::comes_true(holds, 10s); }

/// An issuer that rotates its keys: the set with another key in place of the first.
std::string set_with(const SigningKey &key, const std::string &id) { return nlohmann::json{{"keys", {key.jwk(id)}}}.dump(); }

std::string failure(const std::string &url, const std::filesystem::path &ca_file, std::size_t max_bytes = 1000,
                    std::chrono::milliseconds deadline = 5s) {
    try {
        static_cast<void>(fetch_https(url, ca_file, max_bytes, deadline));
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a key set is fetched over TLS that is verified, whole or not at all") {
    const test::TemporaryFolder folder;
    test::TlsServer issuer(folder.path());
    issuer.answer_with("{\"keys\":[]}");
    CHECK(fetch_https(issuer.url(), issuer.certificate(), 1000, 5s) == "{\"keys\":[]}");
    CHECK(failure(issuer.url(), {}).find("certificate") != std::string::npos);                            // nobody the system believes
    CHECK(failure(issuer.url("127.0.0.1"), issuer.certificate()).find("127.0.0.1") != std::string::npos); // the certificate is for localhost
    CHECK(failure("http://localhost/", issuer.certificate()).find("http") != std::string::npos);
    CHECK(failure("file:///etc/hostname", {}).find("file") != std::string::npos);
    CHECK(failure("https://localhost:1/certs", issuer.certificate()).find("gives no answer") != std::string::npos);
    issuer.answer("HTTP/1.1 302 Found\r\nLocation: https://localhost/other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(failure(issuer.url(), issuer.certificate()).find("answers 302") != std::string::npos);
    issuer.answer("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(failure(issuer.url(), issuer.certificate()).find("answers 500") != std::string::npos);
    issuer.answer_with(std::string(1001, ' '));
    CHECK(failure(issuer.url(), issuer.certificate()).find("more than 1000 bytes") != std::string::npos);
    issuer.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"keys\":");
    CHECK(failure(issuer.url(), issuer.certificate()).find("gives no answer") != std::string::npos); // cut off
    issuer.answer("");                                                                               // says nothing
    CHECK(failure(issuer.url(), issuer.certificate(), 1000, 200ms).find("gives no answer") != std::string::npos);
}

TEST_CASE("an issuer behind a URL rotates its keys, and a token of the new key is soon taken") {
    const test::TemporaryFolder folder;
    test::TlsServer server(folder.path());
    const SigningKey second(SigningKey::Kind::p256);
    server.answer_with(Issuer::shared().key_set());
    KeySourceTimes times;
    times.unknown_key = 0ms;
    IssuerOptions options = Issuer::shared().options(server.url());
    options.ca_file = server.certificate();
    TokenVerifier verifier(options, times);
    const std::int64_t now_us = keyaki::server::now_us();
    const std::string payload = Issuer::claims(now_us).dump();
    const auto outcome = [&](const std::string &token) {
        const auto found = verifier.verify(token, now_us);
        const auto *refusal = std::get_if<Refusal>(&found);
        return refusal == nullptr ? std::string() : std::string(refusal_name(*refusal));
    };
    const std::string old_token = Issuer::shared().token(Issuer::claims(now_us));
    const std::string new_token = signed_token(second, R"({"alg":"ES256","kid":"second"})", payload);
    CHECK(comes_true([&] { return outcome(old_token).empty(); }));
    server.answer_with(set_with(second, "second"));
    CHECK(outcome(new_token) == "keys_unavailable"); // asks, and says that asking again is worth while
    CHECK(comes_true([&] { return outcome(new_token).empty(); }));
    CHECK(outcome(old_token) != ""); // withdrawn
    CHECK(verifier.figures().keys == 1);
}

TEST_CASE("however many keys are made up, the issuer is asked once a minute") {
    const test::TemporaryFolder folder;
    test::TlsServer server(folder.path());
    server.answer_with(Issuer::shared().key_set());
    KeySource keys(server.url(), server.certificate()); // with the times that an operator gets
    REQUIRE(comes_true([&] { return keys.keys() != nullptr; }));
    CHECK(comes_true([&] { return !keys.look_again(); })); // the first look is over
    int promised = 0;
    for (int unknown = 0; unknown < 10'000; ++unknown) {
        promised += keys.look_again() ? 1 : 0;
    }
    CHECK(promised == 0);
    CHECK(server.requests() == 1);
    CHECK(keys.figures().reads == 1);
}

TEST_CASE("while an issuer is away its last keys are believed, and not for ever") {
    const test::TemporaryFolder folder;
    test::TlsServer server(folder.path());
    server.answer_with(Issuer::shared().key_set());
    KeySourceTimes times;
    times.refresh = 1ms;
    times.retry = 1ms;
    times.keep = 1500ms;
    KeySource keys(server.url(), server.certificate(), times);
    REQUIRE(comes_true([&] { return keys.keys() != nullptr; }));
    server.answer("HTTP/1.1 503 Away\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const std::uint64_t failures = keys.figures().failures;
    REQUIRE(comes_true([&] { return keys.figures().failures > failures + 2; }));
    CHECK(keys.figures().keys == 3);
    CHECK(comes_true([&] { return keys.keys() == nullptr; })); // `keep` is over
    server.answer_with("{\"keys\":\"none\"}");
    const std::uint64_t more = keys.figures().failures;
    REQUIRE(comes_true([&] { return keys.figures().failures > more + 2; })); // broken is as good as away
    CHECK(keys.keys() == nullptr);
    server.answer_with(Issuer::shared().key_set());
    CHECK(comes_true([&] { return keys.keys() != nullptr; }));
}

TEST_CASE("a server whose issuer has never answered says that it cannot judge, not that a token is wrong") {
    const test::TemporaryFolder folder;
    TokenVerifier verifier([&] {
        IssuerOptions options = Issuer::shared().options("https://localhost:1/certs");
        return options;
    }());
    const auto found = verifier.verify(Issuer::shared().token(Issuer::claims(keyaki::server::now_us())), keyaki::server::now_us());
    CHECK(std::get<Refusal>(found) == Refusal::keys_unavailable);
    CHECK(std::get<Refusal>(verifier.verify("a.b.c", keyaki::server::now_us())) == Refusal::token_malformed);
}

TEST_CASE("a file with keys is read again when it changes, and what is broken changes nothing") {
    const test::TemporaryFolder folder;
    const auto file = folder.write("jwks.json", Issuer::shared().key_set());
    KeySourceTimes times;
    times.file = 1ms;
    KeySource keys(file.string(), {}, times);
    REQUIRE(keys.keys()); // at once
    CHECK(keys.keys()->size() == 3);
    folder.write("jwks.json", "{\"keys\":[");
    const std::uint64_t failures = keys.figures().failures;
    REQUIRE(comes_true([&] { return keys.figures().failures > failures + 1; }));
    CHECK(keys.keys()->size() == 3);
    std::filesystem::remove(file);
    const std::uint64_t more = keys.figures().failures;
    REQUIRE(comes_true([&] { return keys.figures().failures > more + 1; }));
    CHECK(keys.keys()->size() == 3);
    folder.write("jwks.json", set_with(Issuer::shared().p256, "p256"));
    CHECK(comes_true([&] { return keys.keys()->size() == 1; }));
    CHECK_FALSE(keys.look_again());
}

TEST_CASE("a file with keys that is not there or holds none ends the start with its path") {
    const test::TemporaryFolder folder;
    CHECK_THROWS_WITH(KeySource((folder / "absent.json").string(), {}), Catch::Contains("absent.json"));
    CHECK_THROWS_WITH(KeySource(folder.write("empty.json", "{}").string(), {}), Catch::Contains("empty.json") && Catch::Contains("keys"));
}
