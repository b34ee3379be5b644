// Names as two lists write them.
#include "importers/name_key.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::importers;

TEST_CASE("names that people take for one have one key") {
    CHECK(name_key("第一小学校") == name_key("第１小学校"));
    CHECK(name_key("清瀬市立第三中学校") == name_key("第3中学校"));
    CHECK(name_key("清瀬 第三　中学校") == name_key("清瀬第三中学校"));
    CHECK(name_key("旭が丘公園") == name_key("旭ヶ丘公園"));
    CHECK(name_key("旭ガ丘公園") == name_key("旭ケ丘公園"));
    CHECK(name_key("ｱﾐｭｰ立川") == name_key("アミュー立川"));
    CHECK(name_key("コミュニティプラザ・ひまわり") == name_key("コミュニティプラザひまわり"));
    CHECK(name_key("㈱欅") == name_key("(株)欅"));
    CHECK(name_key("中里三丁目公園") == name_key("中里３丁目公園"));
    CHECK(name_key("第十二集会所") == name_key("第12集会所"));
    CHECK(name_key("Community Center") == name_key("ＣＯＭＭＵＮＩＴＹ　ＣＥＮＴＥＲ"));
}

TEST_CASE("names of different places keep different keys") {
    CHECK(name_key("第一小学校") != name_key("第二小学校"));
    CHECK(name_key("第一小学校") != name_key("第一中学校"));
    CHECK(name_key("八幡神社") != name_key("8幡神社"));
    CHECK(name_key("市立図書館") != name_key("図書館")); // nobody says whose
    CHECK(name_key("コーヒー") != name_key("コヒ"));
    CHECK(name_key("はら") != name_key("ばら"));
    CHECK(name_key("") == "");
    CHECK(name_key("－") == "");
}

TEST_CASE("a name that is not UTF-8 or very long has a key all the same") {
    CHECK_NOTHROW(name_key("\x90\xB4\xFF"));
    CHECK(name_key(std::string(100'000, 'a')).size() == 100'000);
}
