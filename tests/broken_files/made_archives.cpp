#include "tests/broken_files/made_files.hpp"
#include "tests/support/zip_archive.hpp"

namespace keyaki::test {

void make_archives(const TakeMadeFile &take) {
    const std::string table = "name,lat,lon\nstation,35.77,139.52\n";
    const auto zip = [&](const char *name, const std::vector<ZipMember> &members) { take({FileKind::city, name, zip_archive(members)}); };
    const std::string zeros(300U << 20U, '\0');
    zip("good.zip", {{"spots.csv", table, 0, 0, false, true}});
    zip("empty.zip", {});
    zip("climbs.zip", {{"../../spots.csv", table}});
    zip("climbs inside.zip", {{"a/../../spots.csv", table}});
    zip("absolute.zip", {{"/etc/spots.csv", table}});
    zip("backslashes.zip", {{"..\\..\\spots.csv", table}});
    zip("link.zip", {{"spots.csv", "/etc/passwd", 0, 0, false, false, 0xA1FF}});
    zip("nested.zip", {{"inner.zip", zip_archive({{"spots.csv", table}})}});
    zip("overlapping.zip", {{"a.csv", std::string(1000, 'x')}, {"b.csv", std::string(1000, 'x'), 0, 0, true}, {"c.txt", std::string(5000, 'x')}});
    zip("encrypted.zip", {{"spots.csv", table, 0, 1}});
    zip("bomb.zip", {{"spots.csv", zeros, 0, 0, false, true}});
    zip("bomb that says it is small.zip", {{"spots.csv", "name,lat,lon\n" + zeros, 100, 0, false, true}});
    zip("promises more than it holds.zip", {{"spots.csv", table, 1'000'000, 0, false, true}});
    zip("name with a zero byte.zip", {{std::string("spots.csv\0.txt", 14), table}});
    zip("name of lines.zip", {{"a\nb.csv", table}});
    zip("same name twice.zip", {{"spots.csv", table}, {"spots.csv", "lat,lon\n1,2\n"}});
    zip("workbook.xlsx", {{"[Content_Types].xml", "<Types/>"}, {"xl/worksheets/sheet1.xml", zeros.substr(0, 1U << 20U), 0, 0, false, true}});
    zip("two tables.zip", {{"a.csv", table}, {"b.csv", table}});
    std::string cut = zip_archive({{"spots.csv", table}});
    cut.resize(cut.size() - 30);
    take({FileKind::city, "cut.zip", cut});
    std::string damaged = zip_archive({{"spots.csv", std::string(5000, 'a') + table, 0, 0, false, true}});
    damaged[60] = static_cast<char>(damaged[60] ^ 0x55);
    take({FileKind::city, "damaged inside.zip", damaged});
    zip("bomb.kmz", {{"doc.kml", "<kml><Document><Placemark><name>" + zeros + "</name></Placemark></Document></kml>", 0, 0, false, true}});
}

} // namespace keyaki::test
