#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using keyaki::test::selected;

namespace {

struct Case {
    const char *filter;
    const char *selects;
};

void check(const tiles::LayerSnapshot &layer, std::initializer_list<Case> cases) {
    for (const Case &one : cases) {
        INFO(one.filter);
        CHECK(selected(layer, one.filter) == one.selects);
    }
}

} // namespace

TEST_CASE("comparisons select by value, and nothing where there is no value") {
    check(*test::shelters(), {
                                 {"capacity = 300", "a"},
                                 {"capacity <> 300", "b c d f g"},
                                 {"capacity < 0", "d"},
                                 {"capacity <= 0", "c d"},
                                 {"capacity > 120", "a f g"},
                                 {"capacity >= 120.5", "a f g"},
                                 {"capacity = 120.5", "g"},
                                 {"capacity = 3e2", "a"},
                                 {"capacity = 9007199254740993", "f"},
                                 {"capacity = 9007199254740992", ""},
                                 {"capacity > 9007199254740992.0", "f"},
                                 {"name = '清瀬小学校'", "a"},
                                 {"name = ''", "e"},
                                 {"name < 'a'", "b e f g"},
                                 {"open = true", "a c"},
                                 {"open <> TRUE", "b"},
                                 {"open", "a c"},
                                 {"NOT open", "b"},
                                 {"open = (capacity > 100)", "a"},
                                 {"level = 2", "d"},
                             });
}

TEST_CASE("a column of several kinds compares with each of them alone") {
    check(*test::shelters(), {
                                 {"code = 7", "e"},
                                 {"code = '7'", "f"},
                                 {"code = true", "g"},
                                 {"code <> 7", ""},
                                 {"code IN (7, '7')", "e f"},
                                 {"code NOT IN (8)", "e"},
                                 {"code IS NULL", "a b c d h"},
                             });
}

TEST_CASE("null is neither equal nor unequal, and IS NULL finds it") {
    check(*test::shelters(), {
                                 {"name IS NULL", "d h"},
                                 {"name IS NOT NULL", "a b c e f g"},
                                 {"NOT name IS NULL", "a b c e f g"},
                                 {"name = name", "a b c e f g"},
                                 {"geometry IS NULL", ""},
                                 {"geometry IS NOT NULL", "a b c d e f g h"},
                                 {"(capacity > 1) IS NULL", "e h"},
                                 {"capacity + level IS NULL", "b c e f g h"},
                                 {"TIMESTAMP('2026-01-01T00:00:00Z') IS NULL", ""},
                                 {"INTERVAL(built, '..') IS NULL", "d e f g h"},
                             });
}

TEST_CASE("AND, OR and NOT follow the standard's table of three values") {
    // Of a, `open` is true; of b false; of d unknown.
    const auto layer = test::layer_of({test::place("a", {139.5, 35.7}, {{"open", true}}), test::place("b", {139.5, 35.7}, {{"open", false}}),
                                       test::place("d", {139.5, 35.7}, {{"open", std::monostate{}}})});
    check(*layer, {
                      {"open AND TRUE", "a"},
                      {"open AND FALSE", ""},
                      {"NOT (open AND FALSE)", "a b d"},
                      {"open OR TRUE", "a b d"},
                      {"open OR FALSE", "a"},
                      {"NOT (open OR FALSE)", "b"},
                      {"(open AND TRUE) IS NULL", "d"},
                      {"(open AND FALSE) IS NULL", ""},
                      {"(open OR TRUE) IS NULL", ""},
                      {"(open OR FALSE) IS NULL", "d"},
                      {"(open AND open) IS NULL", "d"},
                      {"NOT open IS NULL", "a b"},
                      {"NOT NOT open", "a"},
                      {"TRUE", "a b d"},
                      {"FALSE", ""},
                  });
}

TEST_CASE("AND binds closer than OR, and brackets closer than both") {
    check(*test::shelters(), {
                                 {"capacity = 300 OR capacity = 120 AND open", "a"},
                                 {"(capacity = 300 OR capacity = 120) AND open", "a"},
                                 {"capacity = 120 OR capacity = 300 AND NOT open", "b"},
                                 {"NOT open OR open", "a b c"},
                                 {"not open and capacity = 120 or false", "b"},
                             });
}

TEST_CASE("LIKE, BETWEEN and IN select, and their NOT selects what has a value and does not fit") {
    check(*test::shelters(), {
                                 {"name LIKE '清瀬%'", "a"},
                                 {"name LIKE '%yose%'", "b c"},
                                 {"name NOT LIKE '%yose%'", "a e f g"},
                                 {"name LIKE 'kiyose%'", "c"},
                                 {"CASEI(name) LIKE CASEI('KIYOSE%')", "b c"},
                                 {"name LIKE '100\\% 公園\\__'", "f"},
                                 {"name LIKE '____'", ""},
                                 {"name LIKE '清瀬___'", "a"},
                                 {"name LIKE ''", "e"},
                                 {"capacity BETWEEN 0 AND 120", "b c"},
                                 {"capacity NOT BETWEEN 0 AND 120", "a d f g"},
                                 {"capacity BETWEEN 120 AND 0", ""},
                                 {"capacity BETWEEN level * 100 AND 400", "a"},
                                 {"capacity IN (0, 300.0, 1, 2)", "a c"},
                                 {"capacity NOT IN (0, 300)", "b d f g"},
                                 {"name IN ('kiyose hall', 'Kiyose Gym')", "b c"},
                                 {"CASEI(name) IN (CASEI('KIYOSE HALL'), casei('café strasse'))", "c g"},
                                 {"open IN (TRUE)", "a c"},
                                 {"capacity IN (level + 298.5)", "a"},
                                 {"300 IN (capacity, 5)", "a"},
                                 {"id IN ('b', 'h', 'zzz')", "b h"},
                                 {"id > 'f'", "g h"},
                             });
}

TEST_CASE("case and accents are overlooked only where somebody asks for that") {
    check(*test::shelters(), {
                                 {"name = 'KIYOSE HALL'", ""},
                                 {"CASEI(name) = CASEI('KIYOSE HALL')", "c"},
                                 {"ACCENTI(name) = ACCENTI('Cafe Straße')", "g"},
                                 {"ACCENTI(CASEI(name)) LIKE accenti(casei('CAFE%'))", "g"},
                                 {"ACCENTI(name) LIKE '%か%'", ""},
                             });
}

TEST_CASE("arithmetic follows its precedence, and what has no result is unknown") {
    check(*test::shelters(), {
                                 {"capacity - 150.0 > 0", "a f"},
                                 {"capacity-150.0>0", "a f"},
                                 {"capacity = 2 + 2 * 149", "a"},
                                 {"capacity = (2 + 1) * 100", "a"},
                                 {"capacity / 2 = 150", "a"},
                                 {"capacity % 7 = 1", "b"},
                                 {"capacity div 100 = 3", "a"},
                                 {"capacity div 100 = 1", "b g"},
                                 {"level ^ 2 = 2.25", "a"},
                                 {"capacity = -5", "d"},
                                 {"-capacity = 5", "d"},
                                 {"capacity = - 5", "d"},
                                 {"capacity = +300", "a"},
                                 {"-2 ^ 2 = 4", "a b c d e f g h"}, // the sign belongs to the factor in annex B
                                 {"2 - 1 - 1 = 0", "a b c d e f g h"},
                                 {"1 / capacity > 0", "a b f g"},
                                 {"(1 / capacity) IS NULL", "c e h"},
                                 {"(10 ^ 400) IS NULL", "a b c d e f g h"},
                                 {"9223372036854775807 + 1 > 9223372036854775807", "a b c d e f g h"},
                             });
}

TEST_CASE("dates and timestamps are compared as such, also where a property holds them as text") {
    check(*test::shelters(), {
                                 {"built > DATE('1980-01-01')", "b c"},
                                 {"built = DATE('1974-04-01')", "a"},
                                 {"built <= TIMESTAMP('1989-06-15T10:00:00Z')", "a b"},
                                 {"built BETWEEN DATE('1970-01-01') AND DATE('1990-01-01')", "a b"},
                                 {"built IN (DATE('1974-04-01'), DATE('2026-01-01'))", "a c"},
                                 {"built = '1974-04-01'", "a"},
                                 {"DATE('2000-01-01') < DATE('2000-01-02')", "a b c d e f g h"},
                                 {"T_AFTER(built, DATE('1980-01-01'))", "b c"},
                                 {"T_BEFORE(built, TIMESTAMP('1980-01-01T00:00:00Z'))", "a"},
                                 {"T_INTERSECTS(built, INTERVAL('1974-01-01', '1990-01-01'))", "a b"},
                                 {"T_DISJOINT(built, INTERVAL('..', '1980-01-01'))", "b c"},
                                 {"T_EQUALS(built, DATE('1989-06-15'))", "b"},
                                 {"T_DURING(INTERVAL(built, built), INTERVAL('1970-01-01', '..'))", "a b c"},
                                 {"T_STARTS(INTERVAL(built, '1990-01-01'), INTERVAL('1974-04-01', '2000-01-01'))", "a"},
                             });
}

TEST_CASE("properties are named as they are, in double quotes where they are keywords or hold signs") {
    const auto layer = test::layer_of({test::place("a", {139.5, 35.7},
                                                   {{"名称", std::string("欅")},
                                                    {"面積(m2)", std::int64_t{5}},
                                                    {"and", std::int64_t{1}},
                                                    {"date", std::string("2026-04-01")},
                                                    {"say \"x\"", true},
                                                    {"ns:key.sub", std::int64_t{2}}})});
    check(*layer, {
                      {"名称 = '欅'", "a"},
                      {"\"名称\" = '欅'", "a"},
                      {"\"面積(m2)\" = 5", "a"},
                      {"\"and\" = 1 AND \"and\" < 2", "a"},
                      {"date = DATE('2026-04-01')", "a"},
                      {"\"say \"\"x\"\"\"", "a"},
                      {"ns:key.sub = 2", "a"},
                      {"　名称　=　'欅'　", "a"}, // the ideographic blank of a Japanese keyboard
                  });
}

TEST_CASE("where a property is named id or geometry, the feature's own are named feature_id and feature_geometry") {
    const auto layer = test::layer_of(
        {test::place("x", {139.5, 35.7}, {{"id", std::int64_t{5}}, {"geometry", std::string("round")}}), test::place("y", {139.5, 35.7})});
    check(*layer, {{"id = 5", "x"},
                   {"id IS NULL", "y"},
                   {"feature_id = 'y'", "y"},
                   {"geometry = 'round'", "x"},
                   {"S_INTERSECTS(feature_geometry, POINT(139.5 35.7))", "x y"}});
}

TEST_CASE("a filter looks at every part of a snapshot and not at what was removed") {
    auto layer = test::shelters();
    const std::vector<std::string> removed{"a"};
    layer = layer->with_changes(layer->description(), removed, {test::place("i", {139.5, 35.7}, {{"open", true}, {"new", std::int64_t{1}}})});
    check(*layer, {{"open", "c i"}, {"new = 1", "i"}, {"new IS NULL", "b c d e f g h"}, {"TRUE", "b c d e f g h i"}});
}

TEST_CASE("a filter with quotes doubled or escaped finds the quote") {
    const auto layer = test::layer_of({test::place("a", {139.5, 35.7}, {{"name", std::string("Via dell'Avvento")}})});
    check(*layer, {{"name = 'Via dell''Avvento'", "a"}, {"name = 'Via dell\\'Avvento'", "a"}, {"name LIKE '%''%'", "a"}});
}
