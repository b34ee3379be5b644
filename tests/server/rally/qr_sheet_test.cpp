#include "server/rally/qr_sheet.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server::rally;

TEST_CASE("a QR code has its three finders and its timing pattern, and grows with its text") {
    const QrModules modules = qr_modules("https://map.example.jp/s?rally=walking-2026&spot=spots/a&qr=ABCDEFGHIJKLMNOP");
    REQUIRE(modules.dark.size() == modules.side * modules.side);
    CHECK((modules.side - 17) % 4 == 0);
    const auto dark = [&](std::size_t row, std::size_t column) { return modules.dark[row * modules.side + column]; };
    for (const auto &[row, column] : std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {0, modules.side - 7}, {modules.side - 7, 0}}) {
        for (std::size_t i = 0; i < 7; ++i) {
            CHECK(dark(row, column + i));
            CHECK(dark(row + 6, column + i));
            CHECK(dark(row + i, column));
        }
        CHECK_FALSE(dark(row + 1, column + 1));
        CHECK(dark(row + 3, column + 3));
    }
    for (std::size_t i = 8; i < modules.side - 8; ++i) {
        CHECK(dark(6, i) == (i % 2 == 0));
    }
    CHECK(qr_modules("a").side == 21);
    CHECK(qr_modules(std::string(2'331, 'a')).side == 177);
    CHECK_THROWS_AS(qr_modules(std::string(2'332, 'a')), keyaki::geo::Error);
    CHECK_THROWS_AS(qr_modules(""), keyaki::geo::Error);
}

TEST_CASE("a sheet is one page with the titles escaped, the code and what to do") {
    const std::string svg = sheet_svg({"防災スタンプラリー", "<第三中学校> & 体育館", "shelters/daisan", "https://map.example.jp/s"});
    CHECK(svg.find("防災スタンプラリー") != std::string::npos);
    CHECK(svg.find("&lt;第三中学校&gt; &amp; 体育館") != std::string::npos);
    CHECK(svg.find("アプリでこのコードを読み取ってください") != std::string::npos);
    CHECK(svg.find("width=\"148mm\" height=\"210mm\"") != std::string::npos);
    CHECK(svg.find("M0 0h7v1h-7z") != std::string::npos);
}
