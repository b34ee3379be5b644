// The fixed texts were made by Debian's minisign 0.11: minisign -G -W, then minisign -S -t "…".
#include "server/packs/minisign.hpp"

#include "geo/error.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;

namespace {

constexpr std::string_view public_file = "untrusted comment: minisign public key 3A58AE1B15D48280\n"
                                         "RWSAgtQVG65YOq0dSbF1QrMBhON8EdLgLR5jAVg/0if/Ildw9ghKSpUy\n";
constexpr std::string_view secret_file = "untrusted comment: minisign encrypted secret key\n"
                                         "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgILUFRuuWDr3KhvH7mCeGYhmCc9fKxpO"
                                         "i4nUUFOQyBfVfT8iWBNFSa0dSbF1QrMBhON8EdLgLR5jAVg/0if/Ildw9ghKSpUyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                         "AAA=\n";
constexpr std::string_view content = "けやき\n";
constexpr std::string_view comment = "timestamp:1775955603\tfile:f.txt\thashed";
constexpr std::string_view signature = "untrusted comment: signature from minisign secret key\n"
                                       "RUSAgtQVG65YOjGV6BxRwFcZQxPmakdo4Xh7vrQEbcH7DmH33sa9sVdhyej2wf9FtcRXBRGP+gQf5QOjoeyZKZUEClWq2cqq6Qc=\n"
                                       "trusted comment: timestamp:1775955603\tfile:f.txt\thashed\n"
                                       "tlj615LCYCWwzO6DBwIeparTzssQnj5D3J0QUeccAW2qCjyjpZhGCJ5kKewUfCqsNg81spsPsaPCgbiUiflqAQ==\n";

std::string without_first_line(std::string_view text) { return std::string(text.substr(text.find('\n') + 1)); }

PublicKey public_key() { return parse_public_key(public_file, "k.pub"); }

} // namespace

TEST_CASE("what minisign signed is verified, and its comment is given back") {
    CHECK(verify_signature(public_key(), content, signature, "f.txt") == comment);
    CHECK(to_text(public_key().id) == "3A58AE1B15D48280");
    CHECK(to_file(public_key()) == public_file);
    CHECK(parse_public_key("RWSAgtQVG65YOq0dSbF1QrMBhON8EdLgLR5jAVg/0if/Ildw9ghKSpUy", "-P") == public_key());
}

TEST_CASE("with minisign's key the signature is minisign's, byte for byte") {
    const SecretKey key = SecretKey::parse(secret_file, "k.key");
    CHECK(key.public_key() == public_key());
    CHECK(without_first_line(key.sign(content, comment)) == without_first_line(signature));
    CHECK(without_first_line(key.to_file()) == without_first_line(secret_file));
}

TEST_CASE("every changed byte of content, signature or comment is found") {
    for (std::size_t at = 0; at < content.size(); ++at) {
        std::string changed(content);
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_THROWS_WITH(verify_signature(public_key(), changed, signature, "f.txt"),
                          "f.txt: is not what the key 3A58AE1B15D48280 has signed: a byte "
                          "of it or of its signature was changed");
    }
    const std::size_t second_line = signature.find('\n') + 1;
    for (std::size_t at = second_line; at < signature.size(); ++at) { // the first line is the one that nobody may trust
        std::string changed(signature);
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        if (changed == signature) {
            continue;
        }
        INFO(at);
        CHECK_THROWS_AS(verify_signature(public_key(), content, changed, "f.txt"), geo::Error);
    }
    CHECK_THROWS_WITH(verify_signature(SecretKey::make().public_key(), content, signature, "f.txt"), Contains("found one by 3A58AE1B15D48280"));
}

TEST_CASE("what is no key is refused without a word of it, and so is one with a password") {
    CHECK_THROWS_WITH(parse_public_key("RW", "k.pub"), Contains("k.pub: expected a public key of minisign"));
    CHECK_THROWS_WITH(parse_public_key(secret_file, "k.pub"), Contains("expected a public key"));
    CHECK_THROWS_WITH(SecretKey::parse("", "k.key"), Contains("expected a secret key"));
    std::string with_password(secret_file);
    with_password.replace(with_password.find("RWQAAEIy"), 8, "RWRTY0Iy"); // Ed, Sc, B2
    CHECK_THROWS_WITH(SecretKey::parse(with_password, "k.key"), Contains("found one that needs it"));
    std::string damaged(secret_file);
    damaged.replace(damaged.find("QrMBhON8"), 8, "QrMBhON9");
    CHECK_THROWS_WITH(SecretKey::parse(damaged, "k.key"), Contains("do not belong together"));
    CHECK_THROWS_WITH(SecretKey::parse(secret_file.substr(0, 80), "k.key"), Contains("expected a secret key"));
}

TEST_CASE("minisign verifies what a new key of ours signed, and signs with it") {
    const test::TemporaryFolder folder;
    const SecretKey key = SecretKey::make();
    const auto file = folder.write("manifest.json", "{}\n");
    const auto pub = folder.write("k.pub", to_file(key.public_key()));
    const auto secret = folder.write("k.key", key.to_file());
    folder.write("manifest.json.minisig", key.sign("{}\n", "timestamp:0\tfile:manifest.json\thashed"));
    const test::CommandResult verified = test::run({"minisign", "-V", "-H", "-m", file.string(), "-p", pub.string()});
    INFO(verified.out << verified.error);
    CHECK(verified.status == 0);
    CHECK_THAT(verified.out, Contains("Trusted comment: timestamp:0\tfile:manifest.json\thashed"));
    folder.write("manifest.json", "{ }\n");
    CHECK(test::run({"minisign", "-V", "-m", file.string(), "-p", pub.string()}).status != 0);
    const test::CommandResult resigned = test::run({"minisign", "-S", "-s", secret.string(), "-m", file.string()});
    INFO(resigned.out << resigned.error);
    REQUIRE(resigned.status == 0);
    CHECK_NOTHROW(verify_signature(key.public_key(), "{ }\n", test::bytes_of(folder / "manifest.json.minisig"), "manifest.json"));
}
