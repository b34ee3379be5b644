#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"

#include <bit>
#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

std::string little(std::uint64_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) {
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    return out;
}
std::string big(std::uint32_t value) {
    const std::string out = little(value, 4);
    return {out.rbegin(), out.rend()};
}
std::string real(double value) { return little(std::bit_cast<std::uint64_t>(value), 8); }

std::string padded(std::string text, std::size_t size, char with) {
    text.resize(size, with);
    return text;
}

/// One point with one text field, byte for byte as the ESRI and dBASE descriptions say.
void write_shapefile(const TemporaryFolder &folder, double x, double y, const std::string &field_name, const std::string &value,
                     unsigned char language_driver) {
    const std::string box = real(x) + real(y) + real(x) + real(y) + std::string(32, '\0');
    const auto header = [&](std::uint32_t bytes) {
        return big(9994) + std::string(20, '\0') + big(bytes / 2) + little(1000, 4) + little(1, 4) + box;
    };
    folder.write("points.shp", header(128) + big(1) + big(10) + little(1, 4) + real(x) + real(y));
    folder.write("points.shx", header(108) + big(50) + big(10));
    std::string dbf = std::string("\x03\x7A\x01\x01", 4) + little(1, 4) + little(65, 2) + little(61, 2) + std::string(17, '\0');
    dbf += static_cast<char>(language_driver);
    dbf += std::string(2, '\0') + padded(field_name, 11, '\0') + "C" + std::string(4, '\0') + little(60, 1) + std::string(15, '\0') + "\r";
    folder.write("points.dbf", dbf + " " + padded(value, 60, ' ') + "\x1A");
}

// "①㈱～髙Ⅲ表ソ能" and "表名"
const std::string cp932_value = "\x87\x40\x87\x8A\x81\x60\xFB\xFC\x87\x56\x95\x5C\x83\x5C\x94\x5C";
const std::string cp932_name = "\x95\x5C\x96\xBC";
constexpr const char *value_text = "①㈱～髙Ⅲ表ソ能";

} // namespace

TEST_CASE("①㈱～髙 survive in values and field names however the encoding is stated") {
    struct Statement {
        const char *cpg;
        unsigned char language_driver;
    };
    const Statement statement =
        GENERATE(Statement{nullptr, 0x13}, Statement{nullptr, 0x7B}, Statement{nullptr, 0}, Statement{nullptr, 0x57}, Statement{"Shift_JIS", 0},
                 Statement{"SJIS\r\n", 0}, Statement{"932", 0}, Statement{"CP932", 0x13}, Statement{"ANSI 932", 0x57}, Statement{"klingon", 0});
    const TemporaryFolder folder;
    write_shapefile(folder, 139.5, 35.7, cp932_name, cp932_value, statement.language_driver);
    if (statement.cpg != nullptr) {
        folder.write("points.cpg", statement.cpg);
    }
    const auto imported = import_file(folder / "points.shp");
    REQUIRE(imported.features.size() == 1);
    CHECK(imported.report.encoding.name == "CP932");
    CHECK(text_of(imported.features[0], "表名") == value_text);
    CHECK(imported.report.encoding.sample.at(0).find(value_text) != std::string::npos);
}

TEST_CASE("bytes win over a statement that they contradict, with a warning") {
    const TemporaryFolder folder;
    write_shapefile(folder, 139.5, 35.7, "name", value_text, 0x13);
    const auto imported = import_file(folder / "points.shp");
    CHECK(text_of(imported.features.at(0), "name") == value_text);
    CHECK(imported.report.encoding.name == "UTF-8");
    CHECK(imported.report.warnings.size() == 2); // and that there is no .prj
}

TEST_CASE("without a .prj degrees within Japan are assumed with a warning, all else is asked for") {
    const TemporaryFolder folder;
    write_shapefile(folder, 139.5, 35.7, "name", "x", 0);
    const auto imported = import_file(folder / "points.shp");
    CHECK(imported.report.crs.code == "EPSG:6668");
    CHECK(imported.report.crs.assumed);
    CHECK(imported.report.crs.evidence == "assumed: degrees within Japan, old Tokyo datum cannot be excluded");
    REQUIRE(imported.report.warnings.size() == 1);
    CHECK(imported.report.warnings[0].find("450 m") != std::string::npos);

    write_shapefile(folder, -24236.1, -35367.5, "name", "x", 0);
    CHECK(refusal_of(folder / "points.shp").find("give it with --crs, for example --crs EPSG:6677") != std::string::npos);
    ImportOptions options;
    options.crs = "EPSG:6677";
    const auto planar = import_file(folder / "points.shp", options);
    CHECK(planar.features.at(0).geometry.positions[0].lon_deg == Approx(139.5655).margin(0.01));
}

TEST_CASE("a shapefile without its table is read without properties") {
    const TemporaryFolder folder;
    write_shapefile(folder, 139.5, 35.7, "name", "x", 0);
    std::filesystem::remove(folder / "points.dbf");
    const auto imported = import_file(folder / "points.shp");
    CHECK(imported.features.size() == 1);
    CHECK(imported.report.warnings.size() == 2);
}

TEST_CASE("a shapefile with any byte changed is refused or read, and nothing worse") {
    const TemporaryFolder folder;
    write_shapefile(folder, 139.5, 35.7, cp932_name, cp932_value, 0x13);
    for (const char *name : {"points.shp", "points.dbf"}) {
        std::string bytes;
        {
            std::FILE *file = std::fopen((folder / name).c_str(), "rb");
            bytes.resize(4096);
            bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
            std::fclose(file);
        }
        for (std::size_t place = 0; place < bytes.size(); ++place) {
            std::string changed = bytes;
            changed[place] = static_cast<char>(changed[place] ^ 0x80);
            folder.write(name, changed);
            (void)refusal_of(folder / "points.shp"); // must return
        }
        folder.write(name, bytes);
    }
}
