#include "server/rally/qr_sheet.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <qrencode.h>

#include <cerrno>
#include <memory>

namespace keyaki::server::rally {

namespace {

struct FreeQrCode {
    void operator()(QRcode *code) const noexcept { QRcode_free(code); }
};

constexpr double code_mm = 100;
constexpr std::size_t quiet_modules = 4; ///< ISO/IEC 18004, 5.3.8

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default: result += c;
        }
    }
    return result;
}

/// One path of the dark modules' runs, in modules.
std::string path_of(const QrModules &modules) {
    std::string path;
    for (std::size_t row = 0; row < modules.side; ++row) {
        for (std::size_t column = 0; column < modules.side;) {
            std::size_t length = 0;
            while (column + length < modules.side && modules.dark[row * modules.side + column + length]) {
                ++length;
            }
            if (length > 0) {
                path += fmt::format("M{} {}h{}v1h-{}z", column, row, length, length);
            }
            column += length + 1;
        }
    }
    return path;
}

/// A line in the middle of the page; a long one is pressed together to its width.
std::string line(double y_mm, double size_mm, std::string_view text, bool is_bold) {
    const bool is_long = static_cast<double>(text.size()) / 3 * size_mm > 128; // Japanese letters are three bytes and as wide as high
    return fmt::format(R"(<text x="74" y="{}" font-size="{}"{}{}>{}</text>)", y_mm, size_mm, is_bold ? R"( font-weight="bold")" : "",
                       is_long ? R"( textLength="132" lengthAdjust="spacingAndGlyphs")" : "", escaped(text));
}

} // namespace

QrModules qr_modules(std::string_view text) {
    if (text.empty() || text.size() > 2'331) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("a QR code holds 1 to 2331 bytes, the text has {}", text.size()));
    }
    const std::vector<unsigned char> bytes(text.begin(), text.end());
    const std::unique_ptr<QRcode, FreeQrCode> code(QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_M));
    if (!code) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("libqrencode made no code (errno {})", errno));
    }
    QrModules modules;
    modules.side = static_cast<std::size_t>(code->width);
    for (std::size_t i = 0; i < modules.side * modules.side; ++i) {
        modules.dark.push_back((code->data[i] & 1U) != 0);
    }
    return modules;
}

std::string sheet_svg(const Sheet &sheet) {
    const QrModules modules = qr_modules(sheet.text);
    const double module_mm = code_mm / static_cast<double>(modules.side + 2 * quiet_modules);
    const double begin_mm = 24 + module_mm * quiet_modules;
    std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" width="148mm" height="210mm" viewBox="0 0 148 210">)";
    svg += R"(<rect width="148" height="210" fill="#fff"/>)";
    svg += R"(<g font-family="'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic',sans-serif" text-anchor="middle" fill="#000">)";
    svg += line(20, 7, sheet.rally_title, false);
    svg += line(36, 11, sheet.spot_title, true);
    svg += line(160, 6, "アプリでこのコードを読み取ってください", true);
    svg += line(169, 4.5, "スタンプには、この場所にいること(位置情報)も必要です", false);
    svg += line(178, 4.5, "Scan this code with the app, here at the spot", false);
    svg += line(202, 3, sheet.spot, false);
    svg +=
        fmt::format(R"svg(</g><path transform="translate({:.4f} {:.4f}) scale({:.4f})" d="{}" fill="#000" shape-rendering="crispEdges"/></svg>)svg",
                    begin_mm, 46 + module_mm * quiet_modules, module_mm, path_of(modules));
    return svg + "\n";
}

} // namespace keyaki::server::rally
