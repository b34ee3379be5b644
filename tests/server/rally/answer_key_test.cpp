#include "server/rally/answer_key.hpp"

#include <catch2/catch.hpp>

using keyaki::server::rally::answer_key;
using keyaki::server::rally::is_right_answer;

TEST_CASE("an answer is right however it is typed: width, kana, case, blanks and punctuation") {
    CHECK(is_right_answer("けやき", {"ケヤキ"}));
    CHECK(is_right_answer("ｹﾔｷ", {"けやき"}));
    CHECK(is_right_answer(" け や\u3000き 。", {"けやき"}));
    CHECK(is_right_answer("ＫＥＹＡＫＩ", {"keyaki"}));
    CHECK(is_right_answer("Ｋｅｙａｋｉ！", {"keyaki"}));
    CHECK(is_right_answer("１２３", {"123"}));
    CHECK(is_right_answer("㍻", {"平成"}));
    CHECK(is_right_answer("が", {"か\u3099"})); // one letter or two
    CHECK(is_right_answer("ｶﾞ", {"が"}));
    CHECK(is_right_answer("キヨセ−シ", {"きよせーし"})); // a minus where the long vowel is meant
    CHECK(is_right_answer("Straße", {"STRASSE"}));
    CHECK(is_right_answer("3\u200B2", {"32"})); // a blank without width, from a copied text
}

TEST_CASE("what differs in meaning stays different") {
    CHECK_FALSE(is_right_answer("ビル", {"ビール"}));
    CHECK_FALSE(is_right_answer("はな", {"ばな"}));
    CHECK_FALSE(is_right_answer("柳瀬", {"梁瀬"}));
    CHECK_FALSE(is_right_answer("12", {"123"}));
}

TEST_CASE("nothing, punctuation and text that is not UTF-8 are no answer") {
    CHECK(answer_key("").empty());
    CHECK(answer_key(" 、。!?　").empty());
    CHECK(answer_key("\xFF\xFE").empty());
    CHECK_FALSE(is_right_answer("", {""}));
    CHECK_FALSE(is_right_answer("。", {"、"}));
}
