// The municipal standard tables: every version's columns become the same properties, and what a cell says of yes and no is understood or told.
#include "importers/standard_mapping.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

geo::Value value_of(const geo::Feature &feature, std::string_view name) {
    const geo::Value *value = feature.properties.find(name);
    REQUIRE(value != nullptr);
    return *value;
}

std::string preset_of(const std::vector<std::string> &names) {
    ImportReport report;
    const auto mapping = StandardMapping::find(names, std::nullopt);
    if (mapping) {
        mapping->describe(report);
    }
    return report.preset.id;
}

} // namespace

TEST_CASE("a property of a standard table has one name, and a column's name means one property") {
    for (const StandardTable &table : standard_tables()) {
        std::set<std::string_view> properties;
        std::set<std::string_view> names;
        for (const StandardColumn &column : table.columns) {
            CAPTURE(table.id, column.property);
            CHECK(properties.insert(column.property).second);
            for (const std::string_view name : column.names) {
                CHECK(names.insert(name).second);
            }
        }
        CHECK(std::all_of(table.telling.begin(), table.telling.end(), [&](std::string_view telling) { return properties.contains(telling); }));
    }
}

TEST_CASE("each table is recognised by the columns of its versions, and others are left alone") {
    CHECK(preset_of({"全国地方公共団体コード", "ID", "名称", "災害種別_洪水", "災害種別_高潮", "災害種別_地震", "災害種別_津波"}) ==
          "evacuation_space");
    CHECK(preset_of({"NO", "共通ID", "施設・場所名", "住所", "洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震"}) == "evacuation_space");
    CHECK(preset_of({"名称", "男性トイレ総数", "女性トイレ総数", "多機能トイレ数", "車椅子使用者用トイレ有無"}) == "public_toilet");
    CHECK(preset_of({"ID", "名称", "男性トイレ数_洋式", "バリアフリートイレ数", "車椅子使用者用トイレ有無", "オストメイト設置トイレ有無"}) ==
          "public_toilet");
    CHECK(preset_of({"NO", "名称", "設置位置", "小児対応設備の有無"}) == "aed");
    CHECK(preset_of({"ID", "名称", "POIコード", "住所", "緯度", "経度"}) == "public_facility");
    CHECK(preset_of({"ID", "名称", "POIコード", "料金(基本)", "説明_英語"}).empty()); // 観光施設一覧
    CHECK(preset_of({"名称", "地震", "緯度", "経度"}).empty());
    CHECK(preset_of({"name", "lat", "lon"}).empty());
}

TEST_CASE("yes and no are understood however they are written, and nothing else is taken for one") {
    for (const char *yes : {"1", "１", "○", "〇", "◯", "◎", "有", "有り", "あり", " 有 ", "TRUE", "はい"}) {
        CAPTURE(yes);
        CHECK(parse_yes_no(yes) == true);
    }
    for (const char *no : {"0", "０", "×", "✕", "無", "無　", "なし", "－", "-", "ー", "False"}) {
        CAPTURE(no);
        CHECK(parse_yes_no(no) == false);
    }
    for (const char *neither : {"", " ", "△", "2", "一部", "要確認", "有(夜間のみ)"}) {
        CAPTURE(neither);
        CHECK_FALSE(parse_yes_no(neither));
    }
}

TEST_CASE("a shelter list of the standard: hazards as booleans, ids from its id column, what is unclear left empty and told") {
    const TemporaryFolder folder;
    const auto file =
        folder.write("130001_evacuation_space.csv",
                     "全国地方公共団体コード,ID,名称,名称_カナ,名称_英字,緯度,経度,災害種別_洪水,災害種別_崖崩れ、土石流及び地滑り,災害種別_高潮,"
                     "災害種別_地震,想定収容人数,電話番号\n"
                     "132217,CC01,第三中学校,ダイサンチュウガッコウ,Daisan JHS,35.791556,139.534844,1,○,,1,\"1,200人\",0424925111\n"
                     "132217,CC02,清明小学校,,,35.796744,139.539673,△,－,1,,,\n");
    const Imported imported = import_file(file);
    CHECK(imported.report.preset.id == "evacuation_space");
    CHECK(imported.report.preset.title_ja == "指定緊急避難場所一覧");
    CHECK_THAT(imported.report.preset.evidence, Catch::Contains("災害種別_洪水"));
    REQUIRE(imported.features.size() == 2);
    const geo::Feature &school = imported.features[0];
    CHECK(school.id == "CC01");
    CHECK(text_of(school, "name") == "第三中学校");
    CHECK(text_of(school, "name_kana") == "ダイサンチュウガッコウ");
    CHECK(text_of(school, "name_en") == "Daisan JHS");
    CHECK(text_of(school, "telephone") == "0424925111");
    CHECK(value_of(school, "hazard_flood") == geo::Value(true));
    CHECK(value_of(school, "hazard_landslide") == geo::Value(true));
    CHECK(value_of(school, "hazard_storm_surge") == geo::Value(false));
    CHECK(value_of(school, "capacity") == geo::Value(std::int64_t{1200}));
    const geo::Feature &primary = imported.features[1];
    CHECK(value_of(primary, "hazard_flood") == geo::Value());
    CHECK(value_of(primary, "hazard_landslide") == geo::Value(false));
    REQUIRE(imported.report.suspects.size() == 1);
    CHECK(imported.report.suspects[0].row == 3);
    CHECK(imported.report.suspects[0].column == "災害種別_洪水");
    CHECK(imported.report.suspects[0].value == "△");
    CHECK(imported.report.suspects[0].kind == "unknown_value");
    CHECK(imported.report.suspected.at("unknown_value") == 1);
    const auto column =
        std::find_if(imported.report.columns.begin(), imported.report.columns.end(), [](const auto &one) { return one.name == "名称_英字"; });
    REQUIRE(column != imported.report.columns.end());
    CHECK(column->property == "name_en");

    ImportOptions as_written;
    as_written.preset = "none";
    const Imported plain = import_file(file, as_written);
    CHECK(plain.report.preset.id.empty());
    CHECK(text_of(plain.features.at(0), "名称") == "第三中学校");
}

TEST_CASE("an id column of a standard table that has gaps or doubles costs no row") {
    const TemporaryFolder folder;
    const auto file =
        folder.write("aed.csv", "ID,名称,緯度,経度,小児対応設備の有無\nF1,市役所,35.78,139.52,有\nF1,図書館,35.79,139.53,無\n,公園,35.77,139.51,\n");
    const Imported imported = import_file(file);
    REQUIRE(imported.features.size() == 3);
    CHECK(imported.report.refused == 0);
    CHECK(imported.features[0].id == "F1");
    CHECK(imported.features[1].id.empty());
    CHECK(imported.features[2].id.empty());
    CHECK(imported.report.suspected.at("id_twice") == 1);
    CHECK(value_of(imported.features[2], "for_children") == geo::Value());
}

TEST_CASE("a count is understood with its unit and its remark, and what is none stays as it was written") {
    const auto value = [](std::string_view text) { return standard_value(std::string(text), StandardKind::integer); };
    CHECK(value("1,200人").value == geo::Value(std::int64_t{1200}));
    CHECK(value("１５０").value == geo::Value(std::int64_t{150}));
    CHECK(value("520人　（2㎡/人）").value == geo::Value(std::int64_t{520}));
    CHECK_FALSE(value("520人　（2㎡/人）").is_whole);
    CHECK(value("520人　（2㎡/人）").understood);
    CHECK(value("－").understood);
    CHECK(value("－").value == geo::Value());
    for (const char *none : {"屋内0人／屋外52,000人", "約300", "1.5", "1e300"}) {
        CAPTURE(none);
        CHECK_FALSE(value(none).understood);
        CHECK(value(none).value == geo::Value());
    }
}

TEST_CASE("a preset that is named has to exist and to have its columns") {
    const TemporaryFolder folder;
    const auto file = folder.write("places.csv", "name,lat,lon\na,35,139\n");
    ImportOptions options;
    options.preset = "shelter";
    CHECK(refusal_of(file, options) == "expected a preset among evacuation_space, public_toilet, aed, public_facility and none, found \"shelter\"");
    options.preset = "aed";
    CHECK_THAT(refusal_of(file, options), Catch::Contains("expected columns of the table aed (AED設置箇所一覧), found name, lat, lon"));
}

TEST_CASE("a column of the file's own that is called like a property keeps its value under another name") {
    const TemporaryFolder folder;
    const auto file = folder.write("aed.csv", "name,名称,緯度,経度,小児対応設備の有無\nown,市役所,35.78,139.52,有\n");
    const Imported imported = import_file(file);
    CHECK(text_of(imported.features.at(0), "name") == "市役所");
    CHECK(text_of(imported.features.at(0), "name_2") == "own");
}

TEST_CASE("lists that prefectures and cities have published are recognised") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp");
    const Imported spaces = import_file(path / "csv/ishikawa_170003_evacuation_space.csv");
    CHECK(spaces.report.preset.id == "evacuation_space");
    CHECK(value_of(spaces.features.at(0), "hazard_fire") == geo::Value(true));
    const auto with_remark = std::find_if(spaces.features.begin(), spaces.features.end(),
                                          [](const auto &feature) { return feature.properties.find("capacity_as_written") != nullptr; });
    REQUIRE(with_remark != spaces.features.end());
    CHECK(spaces.report.suspected.size() == 1); // capacities inside and outside in one cell
    CHECK(spaces.report.suspected.at("unknown_value") > 50);
    CHECK(spaces.features.at(0).id == "CC0000000001");
    CHECK(std::count_if(spaces.features.begin(), spaces.features.end(),
                        [](const auto &feature) { return value_of(feature, "hazard_earthquake") == geo::Value(true); }) == 1098);
    const Imported toilets = import_file(path / "csv/ishikawa_170003_public_toilet.csv");
    CHECK(toilets.report.preset.id == "public_toilet");
    CHECK(value_of(toilets.features.at(0), "wheelchair") == geo::Value(false));
    CHECK(value_of(toilets.features.at(0), "men_urinals") == geo::Value(std::int64_t{3}));
    const Imported sites = import_file(path / "kiyose/132217_gsi_emergency_evacuation_sites.geojson");
    CHECK(sites.report.preset.id == "evacuation_space");
    CHECK(sites.features.at(0).id == "E1322100001201");
    CHECK(text_of(sites.features.at(0), "name") == "第三中学校");
    CHECK(value_of(sites.features.at(0), "designated_shelter") == geo::Value(true));
}
