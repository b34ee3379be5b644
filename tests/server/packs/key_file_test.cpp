#include "server/packs/key_file.hpp"

#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace keyaki;
using namespace keyaki::server::packs;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a new key's file is its owner's alone, and is never overwritten") {
    const test::TemporaryFolder folder;
    const fs::path file = folder / "pack.key";
    const SecretKey made = create_key_file(file);
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(read_key_file(file).public_key() == made.public_key());
    const std::string before = test::bytes_of(file);
    CHECK_THROWS_WITH(create_key_file(file), Contains("is there already"));
    CHECK(test::bytes_of(file) == before);
    CHECK_THROWS_WITH(create_key_file(folder / "none" / "pack.key"), Contains("cannot be made"));
}

TEST_CASE("a key's file that others may read is refused") {
    const test::TemporaryFolder folder;
    const fs::path file = folder / "pack.key";
    (void)create_key_file(file);
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    CHECK_THROWS_WITH(read_key_file(file), Contains("mode 0640") && Contains("chmod 600"));
    CHECK_THROWS_WITH(read_key_file(folder / "none.key"), Contains("none.key"));
}
