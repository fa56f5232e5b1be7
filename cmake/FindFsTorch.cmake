# The CPU part of LibTorch from the torch wheel: imported target torch::torch.
# libtorch_cuda.so is loaded at run time when a GPU is there (models/device.h).
include(FsPrefix)
set(_torch ${FORESIGHT_PREFIX}/torch)
set(_cuda ${FORESIGHT_PREFIX}/nvidia/cu13/lib)
foreach(_file ${_torch}/lib/libtorch_cpu.so ${_torch}/lib/libc10.so ${_cuda}/libcudart.so.13 ${_cuda}/libcupti.so.13)
  fs_require_file(${_file})
endforeach()
if(NOT TARGET torch::torch)
  add_library(torch::torch INTERFACE IMPORTED)
  set_target_properties(torch::torch PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${_torch}/include;${_torch}/include/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES "${_torch}/lib/libtorch_cpu.so;${_torch}/lib/libc10.so"
    INTERFACE_LINK_OPTIONS "-Wl,-rpath,${_torch}/lib;-Wl,-rpath,${_cuda};-Wl,-rpath-link,${_cuda};-Wl,-rpath-link,${_torch}/lib")
endif()
set(FsTorch_FOUND TRUE)
