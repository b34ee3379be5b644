#pragma once

#include <string>

/// What GDAL needs before its first call, in one place. No type of GDAL stands in this header.
namespace keyaki::importers {

/// Registers the drivers that keyaki reads and no other, switches off what could reach the network or the disk beside the file, and has PROJ and
/// GDAL ask nothing of the environment. Once per process; thread-safe.
void prepare_gdal();

/// Collects what GDAL says on this thread instead of printing it; the innermost object gets it.
class GdalMessages {
  public:
    GdalMessages();
    ~GdalMessages();
    GdalMessages(const GdalMessages &) = delete;
    GdalMessages &operator=(const GdalMessages &) = delete;

    /// The first failure since the last call, with the paths that GDAL was given; forgets it.
    [[nodiscard]] std::string take_failure();
    [[nodiscard]] bool failed() const noexcept { return !m_failure.empty(); }
    /// The first warning since the last call, or nothing.
    [[nodiscard]] std::string take_warning();

    void add(bool is_failure, const char *text); ///< called by GDAL

  private:
    std::string m_failure;
    std::string m_warning;
};

} // namespace keyaki::importers
