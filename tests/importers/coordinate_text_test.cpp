#include "importers/coordinate_text.hpp"

#include "importers/column_type.hpp"
#include "importers/table_shape.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

std::pair<std::size_t, std::size_t> lon_lat(const std::vector<std::string> &names) {
    const auto found = find_coordinate_columns(names);
    REQUIRE(found);
    return {found->lon, found->lat};
}

} // namespace

TEST_CASE("columns of longitude and latitude are found by their names") {
    using Columns = std::pair<std::size_t, std::size_t>;
    CHECK(lon_lat({"種別", "緯度", "経度"}) == Columns{2, 1});
    CHECK(lon_lat({"東経", "北緯"}) == Columns{0, 1});
    CHECK(lon_lat({"id", "Latitude (WGS84)", "Longitude (WGS84)"}) == Columns{2, 1});
    CHECK(lon_lat({"ＬＡＴ", "ＬＯＮ"}) == Columns{1, 0});
    CHECK(lon_lat({"所在地_緯度", "所在地_経度"}) == Columns{1, 0});
    CHECK(lon_lat({"y", "x"}) == Columns{1, 0});
    CHECK(lon_lat({"lng", "lat", "long_description"}) == Columns{0, 1});
    CHECK_FALSE(find_coordinate_columns({"name", "経度"}));
    CHECK_FALSE(find_coordinate_columns({"platform", "belong"}));
}

TEST_CASE("the world datum goes before the old one, which is noticed") {
    const auto both = find_coordinate_columns({"経度（日本測地系）", "緯度（日本測地系）", "経度（世界測地系）", "緯度（世界測地系）"});
    REQUIRE(both);
    CHECK(both->lon == 2);
    CHECK_FALSE(both->names_old_datum);
    CHECK(find_coordinate_columns({"経度（日本測地系）", "緯度（日本測地系）"})->names_old_datum);
}

TEST_CASE("numbers are read with blanks and full-width digits, and nothing else") {
    CHECK(parse_number(" 35.5 ") == 35.5);
    CHECK(parse_number("３５．５") == 35.5);
    CHECK(parse_number("+139") == 139.0);
    for (const char *text : {"", "NaN", "inf", "35.5N", "35,5", "0x10", "--1"}) {
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("a refused coordinate comes with what it probably was") {
    CHECK(find_coordinate_fault(13674703, 36.3)->reason == "longitude 13674703 looks like 136.74703 without its decimal point");
    CHECK(find_coordinate_fault(139.5, 3578570)->reason == "latitude 3578570 looks like 35.7857 without its decimal point");
    CHECK(find_coordinate_fault(35.7, 139.5)->reason == "latitude 139.5 and longitude 35.7 look swapped");
    CHECK(find_coordinate_fault(0, 0)->reason.find("both 0") != std::string::npos);
    CHECK(find_coordinate_fault(-200, 10)->reason == "expected longitude between -180 and 180 degrees, found -200");
    CHECK_FALSE(find_coordinate_fault(139.5, 35.7));
    CHECK_FALSE(find_coordinate_fault(-0.1, 51.5));
    CHECK(why_not_a_coordinate("latitude", "35°41′22″").find("35.689444") != std::string::npos);
    CHECK(why_not_a_coordinate("latitude", " ") == "no coordinates: latitude is empty");
}

TEST_CASE("a column has the narrowest type that loses nothing") {
    const auto type = [](std::initializer_list<const char *> cells) {
        TypeInference inference;
        for (const char *cell : cells) {
            inference.see(cell);
        }
        return inference.type();
    };
    CHECK(type({"1", "", "-20"}) == ColumnType::integer);
    CHECK(type({"1", "2.5"}) == ColumnType::number);
    CHECK(type({"0131016", "1"}) == ColumnType::text);
    CHECK(type({"0", "0.5", "-0.5"}) == ColumnType::number);
    CHECK(type({"99999999999999999999"}) == ColumnType::text);
    CHECK(type({"042-492-5111"}) == ColumnType::text);
    CHECK(type({"+1"}) == ColumnType::text);
    CHECK(type({"true", "FALSE"}) == ColumnType::boolean);
    CHECK(type({"true", "1"}) == ColumnType::text);
    CHECK(type({"", ""}) == ColumnType::empty);
    CHECK(type({"NaN"}) == ColumnType::text);
    CHECK(typed_value("", ColumnType::integer) == geo::Value(std::monostate()));
}

TEST_CASE("line breaks leave a header's cells, double names get numbers") {
    CHECK(property_name("区市町村\nコード") == "区市町村コード");
    CHECK(property_name("floor\r\nspace") == "floor space");
    CHECK(property_name("その他\n（具体的に）\n") == "その他（具体的に）");
    CHECK(unique_name("URL", {"URL", "URL_2"}) == "URL_3");
}
