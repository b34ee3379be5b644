#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace keyaki::server {

/// A new file that is written once and read by a child. \throws geo::Error unavailable where it cannot be written, with the reason
class WorkFile {
  public:
    explicit WorkFile(std::filesystem::path path);
    void write(std::string_view bytes);
    void close();

  private:
    [[noreturn]] void refuse() const;

    std::filesystem::path m_path;
    std::ofstream m_out;
};

} // namespace keyaki::server
