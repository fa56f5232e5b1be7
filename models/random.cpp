#include "models/random.h"

namespace foresight {

at::Generator keyed_generator(std::uint64_t key, const torch::Device& device) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(key);
  at::Generator generator = at::globalContext()
                                .getAcceleratorHooksInterface(device.type())
                                .getNewGenerator(std::max<c10::DeviceIndex>(device.index(), 0));
  generator.set_current_seed(key);
  return generator;
}

}  // namespace foresight
