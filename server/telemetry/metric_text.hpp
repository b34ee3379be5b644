#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::telemetry {

/// Figures on their way into Prometheus's text format 0.0.4: begin a family, then give its values. One thread.
///
/// Names follow Prometheus's conventions: base units (seconds, bytes), counters end with _total, no label value that a client can make up.
class MetricText {
  public:
    using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

    MetricText();
    ~MetricText();
    MetricText(const MetricText &) = delete;
    MetricText &operator=(const MetricText &) = delete;

    MetricText &counter(std::string_view name, std::string_view help);
    MetricText &gauge(std::string_view name, std::string_view help);
    MetricText &histogram(std::string_view name, std::string_view help);

    /// One value of the counter or gauge that was begun last.
    MetricText &value(double value, const Labels &labels = {});
    /// One set of labels of the histogram that was begun last: `counts` has one more than `upper_bounds`, each for what lies above the bound before.
    MetricText &distribution(std::span<const double> upper_bounds, std::span<const std::uint64_t> counts, double sum, const Labels &labels = {});

    [[nodiscard]] std::string text() const;

  private:
    struct Families;
    std::unique_ptr<Families> m_families;
};

} // namespace keyaki::server::telemetry
