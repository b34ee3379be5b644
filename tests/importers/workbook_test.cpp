// Excel workbooks, as offices send them.
#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/workbook.hpp"

#include "importers/child_reader.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::make_workbook;
using keyaki::test::TemporaryFolder;

TEST_CASE("a workbook's sheet is read like a table, with the rows that a spreadsheet shows") {
    const TemporaryFolder folder;
    const auto file = folder.write(
        "避難場所.xlsx", make_workbook({{"一覧",
                                         {{"清瀬市の避難場所"},
                                          {},
                                          {"ID", "名称", "緯度", "経度", "災害種別_洪水", "災害種別_高潮", "災害種別_地震", "災害種別_津波"},
                                          {"C1", "第一小学校", "35.7857", "139.5262", "1", "", "○", ""},
                                          {},
                                          {"C2", "中央公園", "139.52", "35.78", "", "", "1", ""}}}}));
    const Imported imported = import_file(file);
    CHECK(imported.report.driver == "XLSX");
    CHECK(imported.report.layer_in_file == "一覧");
    CHECK(imported.report.preset.id == "evacuation_space");
    CHECK(imported.report.encoding.sample.at(0) == "清瀬市の避難場所");
    REQUIRE(imported.features.size() == 1);
    CHECK(imported.features[0].id == "C1");
    CHECK(imported.features[0].geometry.positions[0] == geo::LonLat{139.5262, 35.7857});
    REQUIRE(imported.report.refusals.size() == 1);
    CHECK(imported.report.refusals[0].row == 6);
    CHECK(imported.report.refusals[0].kind == "swapped");
}

TEST_CASE("of several sheets the one with positions is taken, else one has to be named") {
    const TemporaryFolder folder;
    const std::vector<std::vector<std::string>> table{{"名称", "緯度", "経度"}, {"公園", "35.78", "139.52"}};
    const std::vector<std::vector<std::string>> words{{"項目名", "説明"}, {"名称", "施設の名前"}};
    CHECK(import_file(folder.write("form.xlsx", make_workbook({{"説明", words}, {"データ", table}}))).report.layer_in_file == "データ");
    const auto two = folder.write("two.xlsx", make_workbook({{"北", table}, {"南", table}}));
    CHECK(refusal_of(two) == "expected one sheet with columns of longitude and latitude in two.xlsx, found 2 among 北, 南: name one with "
                             "--layer-in-file");
    CHECK(import_file(two, with_layer("南")).features.size() == 1);
    CHECK(refusal_of(two, with_layer("東")) == "expected a sheet \"東\" in two.xlsx, found 北, 南");
}

TEST_CASE("workbooks that are damaged or unpack to too much are refused") {
    const TemporaryFolder folder;
    const std::string whole = make_workbook({{"一覧", {{"名称", "緯度", "経度"}, {"公園", "35.78", "139.52"}}}});
    CHECK_THAT(refusal_of(folder.write("cut.xlsx", std::string_view(whole).substr(0, whole.size() / 2))), Catch::Contains("cut short"));
    const auto large = folder.write("bomb.xlsx", make_workbook({{"一覧", {{std::string(200U << 20U, ' ')}}}}));
    CHECK_THAT(refusal_of(large), Catch::StartsWith("expected a workbook that unpacks to at most 201326592 bytes in bomb.xlsx, found "));
}

TEST_CASE("a workbook is read in the locked-in child as it is here") {
    const TemporaryFolder folder;
    const auto file = folder.write("book.xlsx", make_workbook({{"一覧", {{"名称", "緯度", "経度"}, {"公園", "35.78", "139.52"}}}}));
    std::size_t features = 0;
    const ImportReport report =
        read_in_child(KEYAKI_READ_FILE_PROGRAM, file, {}, [&](const geo::Feature &, std::uint64_t row) { features += row == 2 ? 1U : 100U; });
    CHECK(features == 1);
    CHECK(report == import_file(file).report);
}
