#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::rally {

/// The modules of a QR code (JIS X 0510 / ISO/IEC 18004), row by row, true for dark; error correction M, the smallest version that holds the text.
/// Error too_large for more than 2,331 bytes. Any thread.
struct QrModules {
    std::size_t side = 0;
    std::vector<bool> dark;
};
[[nodiscard]] QrModules qr_modules(std::string_view text);

/// What hangs at a spot.
struct Sheet {
    std::string rally_title;
    std::string spot_title;
    std::string spot; ///< "layer/feature-id", small at the foot, for whoever hangs the sheets
    std::string text; ///< what the code says
};
/// A page of A5 (148 by 210 mm) as SVG, for every browser and printer: titles, the code with its quiet zone, and what to do, in Japanese and English.
[[nodiscard]] std::string sheet_svg(const Sheet &sheet);

} // namespace keyaki::server::rally
