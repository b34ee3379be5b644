#pragma once

#include <filesystem>
#include <vector>

namespace keyaki::server::commands {

/// One PDF of the sheets, a page of A4 for each, with the letters of their fonts inside, so that any printer prints them. By the program
/// rsvg-convert, which keyaki does without otherwise: the libraries behind it (librsvg, Pango, GDK-PixBuf, GLib) are 30 MB that a server is better
/// without. Error unavailable that names the packages where the program or a Japanese font is missing, and where the file was not written; what stood
/// at `target` before stays then.
void write_sheet_pdf(const std::vector<std::filesystem::path> &sheets, const std::filesystem::path &target);

} // namespace keyaki::server::commands
